"""Two requests on one connection; the application keeps something in the state of the first one."""

import asyncio

import uvicorn

seen = []


async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                scope["state"]["database"] = "db"
                await send({"type": "lifespan.startup.complete"})
            else:
                await send({"type": "lifespan.shutdown.complete"})
                return
    seen.append(dict(scope["state"]))
    scope["state"]["user"] = scope["path"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def main():
    config = uvicorn.Config(application, port=0, http="h11", log_level="warning", lifespan="on")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for path in (b"/alice", b"/bob", b"/carol"):
        writer.write(b"GET " + path + b" HTTP/1.1\r\nhost: shop.test\r\n\r\n")
        await reader.readuntil(b"ok")
    writer.close()
    server.should_exit = True
    await serving
    print(seen)


asyncio.run(main())
