// Where the server's routes lie: beside the page, wherever a server's base path or a proxy has put it.

export function address(path) {
  return new URL(document.baseURI).pathname.replace(/[^/]*$/, "") + path;
}

export function socketAddress(path) {
  const { protocol, host } = new URL(document.baseURI);
  return `${protocol === "https:" ? "wss" : "ws"}://${host}${address(path)}`;
}
