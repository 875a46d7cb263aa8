"""Scores everybody's tracks with TrackEval: HOTA, MOTA and IDF1 in percent. Runs in its own environment.

As `python score_trackeval.py JOBS ANSWERS`. A job names the files of the truth and of the tracks, both
frame,id,x,y,w,h, and the frames that count.
"""

import csv
import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from trackeval.datasets._base_dataset import _BaseDataset
from trackeval.metrics import CLEAR, HOTA, Identity

QUIET = {"PRINT_CONFIG": False}


def read(path: str) -> dict[int, Any]:
    """By frame: rows of id, x, y, w, h."""
    with Path(path).open() as file:
        next(file)
        rows = [[float(cell) for cell in row[:6]] for row in csv.reader(file)]
    table = np.array(rows).reshape(-1, 6)
    return {int(frame): table[table[:, 0] == frame, 1:] for frame in np.unique(table[:, 0])}


def sequence(truth: dict[int, Any], tracks: dict[int, Any], frames: list[int]) -> dict[str, Any]:
    """Both in the form that TrackEval's metrics take, with ids numbered from 0."""
    data: dict[str, Any] = {"num_timesteps": len(frames)}
    nobody = np.zeros((0, 5))
    sides = {"gt": [truth.get(f, nobody) for f in frames], "tracker": [tracks.get(f, nobody) for f in frames]}
    for side, looks in sides.items():
        known = np.unique(np.concatenate([rows[:, 0] for rows in looks]))
        data[f"{side}_ids"] = [np.searchsorted(known, rows[:, 0]) for rows in looks]
        data[f"num_{side}_ids"], data[f"num_{side}_dets"] = len(known), sum(map(len, looks))
    data["similarity_scores"] = [
        _BaseDataset._calculate_box_ious(a[:, 1:], b[:, 1:], box_format="xywh")
        for a, b in zip(sides["gt"], sides["tracker"], strict=True)
    ]
    return data


def score(job: dict[str, Any]) -> dict[str, float]:
    data = sequence(read(job["truth"]), read(job["tracks"]), job["frames"])
    return {
        "HOTA": 100 * float(np.mean(HOTA().eval_sequence(data)["HOTA"])),
        "MOTA": 100 * float(CLEAR(QUIET).eval_sequence(data)["MOTA"]),
        "IDF1": 100 * float(Identity(QUIET).eval_sequence(data)["IDF1"]),
    }


if __name__ == "__main__":
    answers = [score(job) for job in json.loads(Path(sys.argv[1]).read_text())]
    versions = {"trackeval": importlib.metadata.version("trackeval")}
    Path(sys.argv[2]).write_text(json.dumps({"versions": versions, "answers": answers}))
