// The addresses of the server's routes: beside the page, below whatever path a server or a proxy has put it.

export function address(path) {
  // The path of the route `path` (ladder/server/routes.py) from the root of this host.
  return new URL(document.baseURI).pathname.replace(/[^/]*$/, "") + path;
}

export function socketAddress(path) {
  // The whole WebSocket address of the route `path`, encrypted where the page is.
  const { protocol, host } = new URL(document.baseURI);
  return `${protocol === "https:" ? "wss" : "ws"}://${host}${address(path)}`;
}
