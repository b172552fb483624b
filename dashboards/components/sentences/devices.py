"""Whether the fleet is well, and how one device is."""

from __future__ import annotations

from datetime import timedelta

from dashboards.components.numbers import count, counted
from dashboards.components.times import Reader, span
from dashboards.queries.detections import Detection
from dashboards.queries.devices import SILENT_AFTER_S, Device, Fleet, Peers
from detectors.triage.urgency import ENDINGS


def fleet(fleet: Fleet) -> str:
    """Whether the fleet is well."""
    if not fleet.devices:
        return "No device is known yet. One appears with its first report."
    silent = (
        f"{counted(fleet.silent, 'device')} silent for {span(SILENT_AFTER_S)} or more"
        if fleet.silent
        else "none silent"
    )
    if fleet.silences:
        silent += f" ({counted(fleet.silences, 'alert')} of a silence that is not usual)"
    alerted = f"{count(fleet.alerted)} with an open alert" if fleet.alerted else "none with an open alert"
    cut = f"{count(fleet.cut_off)} cut off, " if fleet.cut_off else ""
    return f"{count(fleet.reporting)} of {counted(fleet.devices, 'device')} report; {cut}{silent}, {alerted}."


def device(found: Device, peers: Peers, reader: Reader, silence: Detection | None = None) -> str:
    """Who a device is and what it is doing; `silence` is the newest finding about a silence of it."""
    where = f" at {found.site}" if found.site else ""
    firmware = f" with firmware {found.firmware}" if found.firmware else ""
    who = f"{found.device} is a {found.model or 'device of unknown model'} of {found.tenant}{where}{firmware}"
    if found.last_received is None:
        return f"{who}; it never sent telemetry."
    heard = reader.age(found.last_received)
    doing = f"{found.heard(reader.now).replace('_', ' ')}, last heard {heard}"
    return f"{who}; {doing}.{_silence(silence, reader)} {_peers(peers)}"


def _silence(found: Detection | None, reader: Reader) -> str:
    """What detection said last of a silence of a device, where that is of the last day or goes on."""
    if found is None or (found.kind in ENDINGS and reader.now - found.time > timedelta(days=1)):
        return ""
    return (
        f" {found.explanation}"
        if found.kind in ENDINGS
        else f" Told as silent {reader.age(found.time)}: {found.explanation}"
    )


def _peers(peers: Peers) -> str:
    if not peers.peers:
        return "It has no peers of the same model, site and firmware."
    if not peers.alerted:
        return f"None of its {counted(peers.peers, 'peer')} has an open alert."
    verb = "has" if peers.alerted == 1 else "have"
    return f"{count(peers.alerted)} of its {counted(peers.peers, 'peer')} {verb} an open alert."
