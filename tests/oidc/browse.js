// Follows an address as a browser would, with cookies, until it leads to the redirect URI; prints that address.
//   node browse.js <address> <redirect URI>
const [, , start, redirect] = process.argv;
const cookies = new Map();
let address = start;
for (let step = 0; step < 20; step += 1) {
  if (address.startsWith(redirect)) {
    console.log(address);
    process.exit(0);
  }
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = await fetch(address, { redirect: 'manual', headers: { cookie } });
  for (const line of answer.headers.getSetCookie()) {
    const [pair] = line.split(';');
    const at = pair.indexOf('=');
    if (pair.length > at + 1) cookies.set(pair.slice(0, at), pair.slice(at + 1));
    else cookies.delete(pair.slice(0, at));
  }
  const next = answer.headers.get('location');
  if (!next) {
    console.error(`HTTP status ${answer.status}: ${await answer.text()}`);
    process.exit(1);
  }
  address = new URL(next, address).href;
}
console.error('the redirects do not end');
process.exit(1);
