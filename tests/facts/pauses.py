"""Where coroutines and generators are suspended, and which enumerations go on afterwards."""

import asyncio


class Hub:
    async def one(self):
        await self.flush()  # fact: pause await call=!
        await self.ready  # fact: pause await path=%self.ready # no-fact: pause await call=!
        async with self.lock:  # fact: pause asyncwith
            pass
        async for line in self.lines:  # fact: pause asyncfor
            print(line)
        return [row async for row in self.rows()]  # fact: pause asyncfor

    def items(self):
        for key in self.d:
            yield key  # fact: pause yield over=%self.d

    def all(self):
        yield from self.items()  # fact: pause yieldfrom

    def plain(self):
        for key in self.d:
            print(key)  # no-fact: pause

    async def live(self):
        for peer in self.peers.values():
            await peer.send()  # fact: pause await over=%self.peers

    async def first(self, wanted):
        for peer in self.peers.values():
            if peer.name == wanted:
                await peer.send()  # no-fact: pause await over=%self.peers
                break
        for peer in self.peers.values():
            if peer.name == wanted:
                return await peer.send()  # no-fact: pause await over=%self.peers

    async def any_of(self, wanted):
        for group in self.groups.values():
            for peer in group.peers.values():
                if peer.name == wanted:
                    await peer.send()  # fact: pause await over=%self.groups
                    break

    async def skipped(self):
        for peer in self.peers.values():
            if peer.late:
                await peer.send()  # fact: pause await over=%self.peers
                continue
            print(peer)

    async def copied(self):
        for key in list(self.peers):
            await asyncio.sleep(1)  # fact: pause await through=%self.peers # no-fact: pause await over=%self.peers
            self.peers[key].close()  # fact: compound keys-index %self.peers awaits
        for key in list(self.peers):
            self.peers[key].close()  # no-fact: compound keys-index %self.peers awaits
            await asyncio.sleep(1)  # fact: pause await through=%self.peers
        late = [key for key in self.peers]
        for key in late:
            await self.drop(key)  # fact: pause await through=%self.peers # no-fact: pause await over=%self.peers

    async def drawn(self):
        return [await peer.send() for peer in self.peers.values()]  # fact: pause await over=%self.peers

    async def after(self):
        for peer in self.peers.values():
            print(peer)
        await asyncio.sleep(1)  # no-fact: pause await over=%self.peers

    async def added(self, key):
        self.counts[key] += await self.fetch()  # fact: compound read-write %self.counts awaits

    async def every_lock(self):
        for lock in self.locks:
            await lock.acquire()
        self.counts.clear()  # fact: access %self.counts clear locks=%self.locks<>(acquire)
        for lock in self.locks:
            lock.release()
        self.counts.clear()  # no-fact: access %self.counts clear locks=%self.locks<>(acquire)
