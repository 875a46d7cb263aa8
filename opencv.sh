#!/bin/sh
# opencv-python draws windows and so needs libGL, GLib and libxcb, which a bare server lacks. Instore never opens a
# window: where one of those is missing, the headless build of the same version does the same work.
set -eu
error=$("$BIN/python" -c 'import cv2' 2>&1) && exit 0
case "$error" in
*"cannot open shared object file"*) ;;
*)
    echo "$error" >&2
    echo "OpenCV cannot be imported, and not for a missing system library" >&2
    exit 1
    ;;
esac
version=$("$BIN/python" -c 'from importlib.metadata import version; print(version("opencv-python"))')
echo "opencv-python needs a system library that is missing here:"
echo "  $(echo "$error" | tail -n 1)"
echo "Installing opencv-python-headless $version in its place (in this virtual environment only)."
"$BIN/python" -m pip uninstall --quiet --yes --disable-pip-version-check opencv-python
"$BIN/python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "opencv-python-headless==$version"
"$BIN/python" -c 'import cv2'
