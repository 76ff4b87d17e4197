"""Two processes book rooms in one table that a manager keeps."""

import multiprocessing


def book(rooms, lock, room, guest):
    with lock:
        rooms[room] = {**rooms[room], "guest": guest}


def main():
    lock = multiprocessing.Lock()
    with multiprocessing.Manager() as manager:
        rooms = manager.dict({"101": {"beds": 2}, "102": {"beds": 1}})
        desks = [
            multiprocessing.Process(target=book, args=(rooms, lock, "101", "ada")),
            multiprocessing.Process(target=book, args=(rooms, lock, "102", "bob")),
        ]
        for desk in desks:
            desk.start()
        for desk in desks:
            desk.join()
        return [room.get("guest") for room in rooms.values()]


if __name__ == "__main__":
    print("guests:", main())
