"""Milliseconds a picture takes, one thread; run by hand: python tests/benchmarks/bench_detector.py MODEL CLIP"""

import statistics
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from edge.sight.blobs import Blobs
from edge.sight.camera import recorded
from edge.sight.detection import Detector, Image, network, no_boxes


def median_ms(detector: Detector, images: list[Image]) -> float:
    """Median over the images, five a second."""
    spent = []
    for i, image in enumerate(images):
        start = time.thread_time()
        detector(i / 5, image, no_boxes())
        spent.append(time.thread_time() - start)
    return 1000 * statistics.median(spent)


def main(model: str, clip: str) -> None:
    """Print the times of both detectors, and beside them a plain copy of the picture for scale."""
    cv2.setNumThreads(1)
    images = [image for i, image in recorded(clip, 25, 5) if i < 500]
    copying = statistics.median(_copied(image) for image in images)
    for name, detector in (("network", network(Path(model).read_bytes())), ("blobs", Blobs())):
        spent = median_ms(detector, images)
        print(f"{name:8s} {spent:6.1f} ms a picture, {spent / copying:6.0f} times a copy of it")


def _copied(image: Image) -> float:
    start = time.thread_time()
    np.copy(image)
    return 1000 * (time.thread_time() - start)


if __name__ == "__main__":
    main(*sys.argv[1:])
