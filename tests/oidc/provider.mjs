// The certified oidc-provider on a loopback port, driven over HTTP: sign-in forms for people, /control for the tests.
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const modules = createRequire(join(process.argv[2], "package.json"));
const { default: Provider } = await import(pathToFileURL(modules.resolve("oidc-provider")));

const accounts = new Map();
const counts = { jwks: 0, discovery: 0 };
let keys = [newKey("RSA"), newKey("EC"), newKey("Ed25519")];
let handle;

function newKey(kind) {
  const options = { RSA: ["rsa", { modulusLength: 2048 }], EC: ["ec", { namedCurve: "P-256" }], Ed25519: ["ed25519", {}] };
  const algorithms = { RSA: undefined, EC: "ES256", Ed25519: "EdDSA" };
  const { privateKey } = generateKeyPairSync(...options[kind]);
  return { ...privateKey.export({ format: "jwk" }), kid: randomUUID(), use: "sig", alg: algorithms[kind] };
}

function client(algorithm) {
  return {
    client_id: `commonplace-${algorithm.toLowerCase()}`,
    client_secret: "a secret & with/odd+characters%",
    redirect_uris: ["http://127.0.0.1/sign-in/oidc/callback"],
    grant_types: ["authorization_code", "refresh_token"],
    id_token_signed_response_alg: algorithm,
  };
}

function build(issuer) {
  const provider = new Provider(issuer, {
    clients: ["RS256", "PS256", "ES256", "EdDSA"].map(client),
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "given_name", "family_name", "picture"] },
    cookies: { keys: [randomUUID()] },
    enabledJWA: { idTokenSigningAlgValues: ["RS256", "PS256", "ES256", "EdDSA"] },
    findAccount: (_ctx, id) => ({ accountId: id, claims: async () => ({ ...accounts.get(id), sub: id }) }),
    issueRefreshToken: async () => true,
    jwks: { keys },
    pkce: { required: () => true },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, RefreshToken: 600, Session: 600 },
  });
  // Applications under test listen on a port of their own.
  provider.Client.prototype.redirectUriAllowed = (uri) => /^http:\/\/127\.0\.0\.1:\d+\/sign-in\/oidc\/callback$/.test(uri);
  provider.Client.prototype.postLogoutRedirectUriAllowed = () => false;
  return provider.callback();
}

async function control(request, response) {
  let body = "";
  for await (const chunk of request) body += chunk;
  const order = body ? JSON.parse(body) : {};
  if (order.account) accounts.set(order.account.sub, order.account);
  if (order.rotate) {
    keys = keys.map(({ kty, crv }) => newKey(kty === "OKP" ? crv : kty));
    handle = build(issuer);
  }
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(counts));
}

const server = createServer((request, response) => {
  if (request.url === "/control") return control(request, response);
  if (request.url === "/jwks") counts.jwks += 1;
  if (request.url.startsWith("/.well-known/")) counts.discovery += 1;
  // The forms of the package ask for a font of a foreign host; nothing here may.
  response.setHeader("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'");
  return handle(request, response);
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;
handle = build(issuer);
console.log(`issuer ${issuer}`);

// Whoever started this holds our input; when it is gone, so are we.
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
