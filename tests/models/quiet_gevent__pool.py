"""Greenlets of a pool share one thread."""

from gevent.pool import Pool

counts = {}
pool = Pool(10)


def fetch(url):
    counts[url] = counts.get(url, 0) + 1


def crawl(urls):
    pool.map(fetch, urls)
