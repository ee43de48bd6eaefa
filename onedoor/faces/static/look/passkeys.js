/* Passkeys: one is made on the account's page, and used on the sign-in page. Without scripts there are passwords
   and codes. Forms marked `data-passkey` (create or get) fetch what to ask the device from `data-options`, put its
   answer into their field `answer`, and are sent like any other. */

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

async function asked(form) {
  const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(form.dataset.options, { method: "POST", headers: { "X-CSRFToken": token } });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  const options = await answer.json();
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const listed of [options.excludeCredentials, options.allowCredentials])
    if (listed) listed.forEach((each) => (each.id = bytes(each.id)));
  return options;
}

function written(credential) {
  const given = credential.response;
  const response = { clientDataJSON: text(given.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"])
    if (given[name]) response[name] = text(given[name]);
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: {},
  });
}

async function go(form) {
  const publicKey = await asked(form);
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey });
  form.querySelector("[name=answer]").value = written(credential);
  form.submit();
}

// A passkey belongs to a name; an address of numbers has none.
const named = !/^[\d.]+$|:/.test(location.hostname);
if (window.PublicKeyCredential && window.isSecureContext && named)
  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    const fault = form.querySelector("[data-passkey-fault]");
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      fault.hidden = true;
      go(form).catch(() => (fault.hidden = false));
    });
  });
