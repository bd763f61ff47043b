/** What the service `hello_world` answers: a page that shows that the tunnel works before there is an origin. */
export const HELLO_WORLD_PAGE = Buffer.from(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>The tunnel works</title></head>
<body>
<h1>The tunnel works</h1>
<p>This page comes from the connector itself. Give the ingress rule a service, such as
<code>http://localhost:3000</code>, to see your own application here.</p>
</body>
</html>
`);
