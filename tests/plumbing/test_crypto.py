"""The provider of SM2, SM3 and SM4, against published vectors and against misuse."""

from __future__ import annotations

import base64
import hashlib
import hmac
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onedoor.plumbing.crypto import (
    Keyring,
    SigningKey,
    Unreadable,
    derive,
    hmac_sm3,
    new_data_key,
    open_,
    seal,
    sm3,
    verify,
)
from onedoor.plumbing.home import Home

MASTER = bytes(range(32))


def test_sm3_gives_the_digest_of_the_standard() -> None:
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_sm4_gcm_opens_the_sample_of_rfc_8998() -> None:
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    nonce = bytes.fromhex("00001234567800000000abcd")
    aad = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    ciphertext = bytes.fromhex(
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    )
    tag = bytes.fromhex("83de3541e4c2b58177e065a9bf7b62ec")
    plaintext = bytes.fromhex("".join(digit * 16 for digit in "abcdefea"))
    assert open_(key, nonce + ciphertext + tag, aad) == plaintext


def test_sm2_accepts_the_sample_signature_of_the_standard_and_no_other() -> None:
    public = bytes.fromhex(
        "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
    )
    signature = bytes.fromhex(
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
        "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
    )
    assert verify(public, b"message digest", signature)
    assert not verify(public, b"message digesT", signature)
    assert not verify(public, b"message digest", signature[:-1] + b"\0")
    assert not verify(public, b"message digest", signature[:-1])


@pytest.mark.skipif("sm3" not in hashlib.algorithms_available, reason="this Python's OpenSSL has no SM3")
@given(st.binary(min_size=1, max_size=100), st.binary(max_size=200))
def test_digests_agree_with_another_implementation(key: bytes, data: bytes) -> None:
    assert sm3(data) == hashlib.new("sm3", data).digest()
    assert hmac_sm3(key, data) == hmac.new(key, data, "sm3").digest()


@given(st.binary(max_size=300), st.binary(max_size=40))
def test_what_was_sealed_opens_in_its_place(plaintext: bytes, aad: bytes) -> None:
    key = new_data_key()
    assert open_(key, seal(key, plaintext, aad), aad) == plaintext


def test_the_same_text_is_sealed_differently_each_time() -> None:
    key = new_data_key()
    assert seal(key, b"text", b"") != seal(key, b"text", b"")


@pytest.mark.parametrize("place", [0, 5, 13, -1])
def test_one_changed_bit_is_noticed(place: int) -> None:
    key = new_data_key()
    sealed = bytearray(seal(key, b"decided", b"case"))
    sealed[place] ^= 1
    with pytest.raises(Unreadable):
        open_(key, bytes(sealed), b"case")


def test_another_key_another_place_and_a_cut_text_are_unreadable() -> None:
    key = new_data_key()
    sealed = seal(key, b"decided", b"case 1")
    for wrong_key, text, aad in (
        (new_data_key(), sealed, b"case 1"),
        (key, sealed, b"case 2"),
        (key, sealed[:27], b"case 1"),
        (key, b"", b"case 1"),
    ):
        with pytest.raises(Unreadable):
            open_(wrong_key, text, aad)


def test_each_purpose_has_its_own_key() -> None:
    keys = {derive(MASTER, "a"), derive(MASTER, "b"), derive(bytes(32), "a")}
    assert len(keys) == 3
    assert derive(MASTER, "a") == derive(MASTER, "a")
    assert len(derive(MASTER, "a", 16)) == 16


def test_a_data_key_survives_wrapping_under_its_own_master_key_only() -> None:
    data_key = new_data_key()
    wrapped = Keyring(MASTER).wrap(data_key)
    assert data_key not in wrapped
    assert Keyring(MASTER).unwrap(wrapped) == data_key
    with pytest.raises(Unreadable):
        Keyring(bytes(32)).unwrap(wrapped)
    with pytest.raises(Unreadable, match="generation"):
        Keyring(MASTER).unwrap(b"\x02" + wrapped[1:])


def test_a_column_value_opens_for_its_field_and_row_only() -> None:
    keyring = Keyring(MASTER)
    sealed = keyring.seal("people.phone", "13800000000", bound_to=b"row 1")
    assert keyring.open_("people.phone", sealed, bound_to=b"row 1") == "13800000000"
    with pytest.raises(Unreadable):
        keyring.open_("people.phone", sealed, bound_to=b"row 2")
    with pytest.raises(Unreadable):
        keyring.open_("people.id", sealed, bound_to=b"row 1")


def test_blind_indexes_are_stable_and_differ_by_value_field_and_master_key() -> None:
    index = Keyring(MASTER).blind("phone", "13800000000")
    assert index == Keyring(MASTER).blind("phone", "13800000000")
    assert (
        len(
            {
                index,
                Keyring(MASTER).blind("phone", "13800000001"),
                Keyring(MASTER).blind("id", "13800000000"),
                Keyring(bytes(32)).blind("phone", "13800000000"),
                hmac_sm3(MASTER, b"13800000000"),
            }
        )
        == 5
    )


def test_a_master_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        Keyring(bytes(16))


def test_the_keyring_follows_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrapped = []
    for name in ("one", "two"):
        monkeypatch.setenv("ONEDOOR_HOME", str(tmp_path / name))
        Home.current().ensure()
        wrapped.append(Keyring.current().wrap(new_data_key()))
        assert Keyring.current() is Keyring.current()
    with pytest.raises(Unreadable):
        Keyring.current().unwrap(wrapped[0])


def test_the_anchor_key_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "anchor.key"
    keys: list[SigningKey] = []
    threads = [threading.Thread(target=lambda: keys.append(SigningKey.load(path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({key.secret for key in keys}) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["anchor.key"]
    assert len(path.read_bytes()) == 32


def test_what_a_key_signs_its_public_half_verifies() -> None:
    key = SigningKey.generate()
    signature = key.sign(b"root")
    assert len(signature) == 64
    assert verify(key.public, b"root", signature)
    assert not verify(SigningKey.generate().public, b"root", signature)


def test_the_public_key_is_exported_as_others_read_it() -> None:
    key = SigningKey.generate()
    lines = key.public_pem().splitlines()
    assert lines[0] == "-----BEGIN PUBLIC KEY-----"
    assert lines[-1] == "-----END PUBLIC KEY-----"
    assert base64.b64decode("".join(lines[1:-1])).endswith(key.public)


def test_keys_do_not_show_in_logs() -> None:
    key = SigningKey.generate()
    assert key.secret.hex() not in repr(key)
    assert repr(MASTER) not in repr(Keyring(MASTER))
