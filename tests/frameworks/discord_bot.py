"""discord.py: events are tasks of one loop, many at once; a repeated task runs one time after the other."""
# model: discord
# needs: discord

import asyncio
import types

import discord
import proof
from discord.ext import commands, tasks

heard, listened, own, swept, scored = proof.Witness(), proof.Witness(), proof.Witness(), proof.Witness(), proof.Witness()
waiting, scoring = [], []
client = discord.Client(intents=discord.Intents.none())


@client.event
async def on_order(name):  # activity: loop, many
    with heard.inside():
        waiting.append(name)
    while len(waiting) < 2:  # the other one comes while this one awaits
        await asyncio.sleep(0.01)


class Shop(discord.Client):
    async def on_order(self, name):  # activity: loop, many
        with own.inside(self):
            pass


class Scores(commands.Cog):
    @commands.Cog.listener("on_order")
    async def note(self, name):  # activity: loop, many
        with listened.inside(self):
            pass

    @commands.command()
    async def score(self, context, name):  # activity: loop, many
        with scored.inside(self):
            scoring.append(name)
        while len(scoring) < 2:
            await asyncio.sleep(0.01)

    @tasks.loop(seconds=0.01, count=3)
    async def sweep(self):  # activity: loop
        with swept.inside(self):
            await asyncio.sleep(0.03)


def message(bot, text):
    """What a command asks of one."""
    author = types.SimpleNamespace(bot=False, id=1)
    channel = types.SimpleNamespace(id=2, guild=None)
    return types.SimpleNamespace(
        content=text, author=author, channel=channel, guild=None, _state=bot._connection, attachments=[], id=3
    )


async def main():  # activity: loop, sure
    scores = Scores()
    bot = commands.Bot("!", intents=discord.Intents.none())
    bot._connection.user = types.SimpleNamespace(id=9)
    shop = Shop(intents=discord.Intents.none())
    for one in (client, bot, shop):  # as login() does before it asks the service
        await one._async_setup_hook()
    await bot.add_cog(scores)
    for number in range(2):  # as the gateway does for what it hears
        for one in (client, bot, shop):
            one.dispatch("order", f"number {number}")
        bot.dispatch("message", message(bot, "!score me"))
    scores.sweep.start()
    while len(swept.threads) < 3 or len(listened.threads) < 2 or len(own.threads) < 2 or len(scoring) < 2:
        await asyncio.sleep(0.01)
    for witness in (heard, listened, own, swept, scored):
        witness.ran_here()
    assert len(waiting) == 2
    swept.ran_one_by_one()
    listened.had_one_object()
    scored.had_one_object()
    own.had_one_object()


if __name__ == "__main__":
    asyncio.run(main())
    proof.done()
