"""Commercial cryptography 商用密码: SM2 signs, SM3 digests and authenticates, SM4 encrypts.

This is the only module that knows who provides the algorithms (`cryptography` for SM3 and SM4, `gmalg` for
SM2), so a certified module can take their place here. Keys form two layers: the home's master key never
encrypts data itself; purpose keys are derived from it, and each case has a random data key that is stored
wrapped. Destroying a wrapped key destroys what it encrypts.
"""

from __future__ import annotations

import base64
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

import gmalg
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from onedoor.plumbing.home import Home

#: Bytes of an SM4 key, of the master key, and of the nonce and tag around a sealed text.
KEY_BYTES: Final = 16
MASTER_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16

#: Bytes of an SM3 digest.
DIGEST_BYTES: Final = 32

#: The signer's identity that GM/T 0009 prescribes where nothing else is agreed.
SIGNER_ID: Final = b"1234567812345678"

_SM3 = hashes.SM3()
# Copying an empty context is cheaper than setting one up.
_EMPTY = hashes.Hash(_SM3)
# DER of SubjectPublicKeyInfo for id-ecPublicKey on the curve 1.2.156.10197.1.301, up to the point.
_SM2_PUBLIC_HEADER = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")


class Unreadable(Exception):
    """A sealed text does not open: wrong key, wrong place (associated data), or changed bytes."""


def sm3(data: bytes) -> bytes:
    """The 32-byte SM3 digest (GB/T 32905)."""
    digest = _EMPTY.copy()
    digest.update(data)
    return digest.finalize()


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """The 32-byte HMAC-SM3 of `data`."""
    mac = HMAC(key, _SM3)
    mac.update(data)
    return mac.finalize()


def derive(master: bytes, purpose: str, length: int = MASTER_BYTES) -> bytes:
    """A key of `length` bytes for one purpose only (HKDF with SM3, RFC 5869)."""
    return HKDF(algorithm=_SM3, length=length, salt=None, info=b"onedoor/" + purpose.encode()).derive(master)


def new_data_key() -> bytes:
    """A fresh random SM4 key."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Encrypt with SM4-GCM: nonce, ciphertext and tag in one. `aad` ties the text to its place."""
    nonce = os.urandom(NONCE_BYTES)
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    return nonce + encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def open_(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Decrypt what `seal` made. Raises `Unreadable` unless key, bytes and `aad` are the same."""
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise Unreadable("shorter than a nonce and a tag")
    nonce, tag = sealed[:NONCE_BYTES], sealed[-TAG_BYTES:]
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(aad)
    plaintext = decryptor.update(sealed[NONCE_BYTES:-TAG_BYTES])
    try:
        return plaintext + decryptor.finalize()
    except InvalidTag as fault:
        raise Unreadable("wrong key, wrong place or changed bytes") from fault


@dataclass(slots=True, repr=False)
class Keyring:
    """What is derived from one master key. Purpose keys are derived on first use and kept in memory."""

    master: bytes
    _sealing: dict[str, bytes] = field(default_factory=dict)
    _blinding: dict[str, HMAC] = field(default_factory=dict)

    #: Names the master key that wrapped a data key, so that a later one can be told from it.
    GENERATION = b"\x01"

    def __post_init__(self) -> None:
        if len(self.master) != MASTER_BYTES:
            raise ValueError(f"a master key has {MASTER_BYTES} bytes")

    @staticmethod
    def current() -> Keyring:
        """The keyring of this process's home; the key file is read once."""
        return _keyring(os.environ.get("ONEDOOR_HOME"))

    def wrap(self, data_key: bytes) -> bytes:
        """A data key as it may be stored: generation byte, then sealed key."""
        return self.GENERATION + seal(self._key("data-key"), data_key, self.GENERATION)

    def unwrap(self, wrapped: bytes) -> bytes:
        """The data key of a stored wrapping. Raises `Unreadable`, also for another generation."""
        if wrapped[:1] != self.GENERATION:
            raise Unreadable("wrapped under a master key of another generation")
        return open_(self._key("data-key"), wrapped[1:], self.GENERATION)

    def seal(self, field: str, text: str, *, bound_to: bytes = b"") -> bytes:
        """Encrypt a column value. `field` such as `people.phone` chooses the key, `bound_to` names the row."""
        return seal(self._key(field), text.encode(), _place(field, bound_to))

    def open_(self, field: str, sealed: bytes, *, bound_to: bytes = b"") -> str:
        """Decrypt a column value sealed for the same `field` and row. Raises `Unreadable`."""
        return open_(self._key(field), sealed, _place(field, bound_to)).decode()

    def blind(self, field: str, value: str) -> bytes:
        """A 32-byte index by which equal values of one field are found without being readable."""
        base = self._blinding.get(field)
        if base is None:
            base = self._blinding[field] = HMAC(derive(self.master, "blind/" + field), _SM3)
        mac = base.copy()
        mac.update(value.encode())
        return mac.finalize()

    def _key(self, purpose: str) -> bytes:
        key = self._sealing.get(purpose)
        if key is None:
            key = self._sealing[purpose] = derive(self.master, "seal/" + purpose, KEY_BYTES)
        return key


def _place(field: str, bound_to: bytes) -> bytes:
    return field.encode() + b"\0" + bound_to


@lru_cache(maxsize=4)
def _keyring(_home: str | None) -> Keyring:
    # Keyed by the variable, since finding the home takes longer than the cryptography it is wanted for.
    return Keyring(Home.current().master())


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """An SM2 key pair. `secret` has 32 bytes, `public` is the uncompressed point of 65 bytes."""

    secret: bytes
    public: bytes

    @classmethod
    def generate(cls) -> SigningKey:
        """A fresh pair."""
        secret, public = gmalg.SM2().generate_keypair()
        return cls(secret, public)

    @classmethod
    def load(cls, path: Path) -> SigningKey:
        """The pair whose 32 secret bytes lie in `path`; a fresh one is written there if nothing does."""
        if not path.exists():
            _create_private(path, cls.generate().secret)
        secret = path.read_bytes()
        return cls(secret, gmalg.SM2().generate_pk(secret))

    @staticmethod
    def of(home: Home) -> SigningKey:
        """The anchor key of a home, read once."""
        return _signing_key(home.anchor_key)

    @staticmethod
    def current() -> SigningKey:
        """The anchor key of this process's home, read once."""
        return SigningKey.of(Home.current())

    def sign(self, data: bytes) -> bytes:
        """The 64-byte signature r ‖ s (GB/T 32918.2 with SM3)."""
        halves: tuple[bytes, bytes] = gmalg.SM2(self.secret, SIGNER_ID, self.public).sign(data)
        return b"".join(half.rjust(DIGEST_BYTES, b"\0") for half in halves)

    def public_pem(self) -> str:
        """The public key as a PEM file that other software (OpenSSL, a notary) reads."""
        body = base64.b64encode(_SM2_PUBLIC_HEADER + self.public).decode()
        lines = [body[start : start + 64] for start in range(0, len(body), 64)]
        return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])


def verify(public: bytes, data: bytes, signature: bytes) -> bool:
    """Whether `signature` (r ‖ s) over `data` was made by the owner of `public`. Takes about 60 ms."""
    if len(signature) != 2 * DIGEST_BYTES:
        return False
    r, s = signature[:DIGEST_BYTES], signature[DIGEST_BYTES:]
    return bool(gmalg.SM2(None, SIGNER_ID, public).verify(data, r, s))


@lru_cache(maxsize=4)
def _signing_key(path: Path) -> SigningKey:
    return SigningKey.load(path)


def _create_private(path: Path, content: bytes) -> None:
    """Write a file only its owner reads, whole or not at all; whoever comes second keeps the first's."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
