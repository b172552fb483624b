"""What may be chosen about flows; what is usual is learned."""

from __future__ import annotations

from math import log

from detectors.autoencoders import kernel as autoencoders
from detectors.damped import kernel as damped
from detectors.traffic import kernel as traffic

DETECTOR = "flow"
KIND, SHARED, CHANGED = "flow.unusual", "flow.shift", "flow.changed"
# Any change of what is found; a change of one of the detectors behind it is one too.
VERSION = 1000 * 2 + 100 * damped.VERSION + 10 * autoencoders.VERSION + traffic.VERSION

# A flow is odd from this score on, which it has by itself: flows before it count in suspicion.
ODD = 0.47
# Flows of a tenant that are learned before any is judged.
WARM_UP = 50
# Suspicion is the log-likelihood ratio of a device in trouble to a healthy one, as a sum that never falls below 0 (CUSUM, Page 1954): of
# the former's flows this share is odd, of the latter's the tenant's own share, which is taken to be `PRIOR_ODD` in `PRIOR_FLOWS` at first.
ODD_IN_TROUBLE = 0.2
PRIOR_ODD, PRIOR_FLOWS = 1.0, 1000.0
# Flows after which the tenant's share counts half.
SHARE_FLOWS = 20_000.0
# With independent flows a healthy one completes a finding with a probability of at most 1 in a billion (Wald 1945); they are not,
# for one odd flow makes the next more suspect, hence the margin.
FOUND_NATS = log(1e9)
MOST_NATS = 2 * FOUND_NATS
# An episode goes on until usual flows outweigh the odd ones or none was odd for so long.
QUIET_S = 6 * 3600
# Shorter than triage's window, so that an episode is one alert.
REPEATED_S = 20 * 60
# Where more than this share of the devices with flows lately, and at least so many, are suspect at the same time, it is not each of them by
# itself: they are told together, and not again before all has been quiet.
CROWD_SHARE, CROWD = 0.25, 3
SUSPECT_NATS = FOUND_NATS / 4
LATELY_S = 3600
# So many odd flows in one episode are severe, whatever they are, and so is one with so much known risk (nats, see `traffic.evidence`).
FLOOD = 100
KNOWN_RISK = 3.0

# A channel's habit is judged so often, from such an age on, with so many flows lately, by an ensemble that knows so many rows. It is
# another one where it is odd twice in a row: so many usual errors of the ensemble, or one aspect so many standard deviations from what
# all channels do. These are means and spreads with such half-lives.
EVERY_S, YOUNG_S, FEW_FLOWS, KNOWN_ROWS = 8 * 3600, 24 * 3600, 8.0, 256
MOST_ERRORS, MOST_DEVIATIONS = 12.0, 7.0
FLEET_HALF_LIVES_S = (8 * 3600.0, 7 * 86_400.0)

# Bounds of the memory: tenants; of each its devices, their channels, newest event ids, usual flows and devices with odd flows; of such a
# device the oddest.
MOST_TENANTS = 16
MOST_DEVICES = 1 << 14
REMEMBERED_IDS = 4096
USUAL_FLOWS = 512
MOST_SUSPECTS = 1024
ODDEST = 4
MOST_HABITS = 1 << 14
