"""A camera over RTSP: GStreamer's server plays the JPEG files of a folder over and over. TCP only.

    /usr/bin/python3 rtsp_server.py FOLDER PORT FPS

Run by the system's Python, which alone has GStreamer's bindings. Prints `up` when it listens.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

folder, port, fps = sys.argv[1:]
Gst.init(None)
factory = GstRtspServer.RTSPMediaFactory.new()
factory.set_launch(
    f"( multifilesrc location={folder}/%05d.jpg loop=true caps=image/jpeg,framerate={fps}/1 ! jpegparse"
    f" ! identity sleep-time={1_000_000 // int(fps)} ! rtpjpegpay name=pay0 )"
)
factory.set_shared(True)
factory.set_protocols(GstRtsp.RTSPLowerTrans.TCP)
server = GstRtspServer.RTSPServer.new()
server.set_address("127.0.0.1")
server.set_service(port)
server.get_mount_points().add_factory("/shop", factory)
if not server.attach(None):
    sys.exit("the port is taken")
sys.stdout.write("up\n")
sys.stdout.flush()
GLib.MainLoop().run()
