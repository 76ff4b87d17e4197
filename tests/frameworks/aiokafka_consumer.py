"""aiokafka: rebalance listeners run on the event loop."""
# model: aiokafka
# needs: aiokafka, confluent_kafka

import asyncio

import proof
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from kafka_producer import brokers

assigned = proof.Witness()


class Offsets(ConsumerRebalanceListener):
    async def on_partitions_revoked(self, revoked):  # activity: loop
        pass

    async def on_partitions_assigned(self, partitions):  # activity: loop
        with assigned.inside():
            pass


async def main():
    broker, servers = brokers()
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, group_id="proof")
    broker.produce("outbox", b"a")
    broker.flush()
    consumer.subscribe(["outbox"], listener=Offsets())
    await consumer.start()
    while not assigned.threads:
        await asyncio.sleep(0.01)
    assigned.ran_here()


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), proof.PATIENCE * 2))
    proof.done()
