"""Local containers that the rules about copies need: nothing else would keep them."""

SETTINGS = {"db": {}}


def slots(keys):
    made = dict.fromkeys(keys, {})  # fact: birth dict items=#0 same
    made[keys[0]]["x"] = 1  # fact: access #0 setitem
    return made


def inside_of_a_copy(host):
    made = dict(SETTINGS)  # fact: birth dict copy_of=SETTINGS
    made["db"]["host"] = host  # fact: access #0[] setitem
    return made


def flat_copy(host):
    made = dict(SETTINGS)  # fact: birth dict copy_of=SETTINGS
    made["host"] = host  # no-fact: access #0
    return made
