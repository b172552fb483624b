"""Security events as devices, the edge, gateways and the broker report them: one frozen struct a type and version, topic `security-events`.

One file a concept. `TYPES` is the whole vocabulary in the order of the reference; `RESERVED` are those a device may not report.
"""

from schemas.security.attestation import AttestationFailed, AttestationPassed, BootMeasured, Measurement
from schemas.security.authentication import AuthenticationFailed, AuthenticationSucceeded
from schemas.security.authorisation import AuthorisationDenied, AuthorisationGranted
from schemas.security.boot import AntiRollbackViolated, SecureBootViolated
from schemas.security.configuration import (
    ConfigurationChanged,
    ConfigurationDriftFound,
    ConfigurationDriftResolved,
)
from schemas.security.credential import (
    CredentialExpired,
    CredentialExpiring,
    CredentialIssued,
    CredentialKeyCompromiseReported,
    CredentialRenewed,
    CredentialRevocationSeen,
)
from schemas.security.event import SECURITY_EVENTS, Digest, SecurityEvent
from schemas.security.firmware import FirmwareIntegrityChecked, FirmwareIntegrityViolated
from schemas.security.lifecycle import (
    DeviceActivated,
    DeviceClaimed,
    DeviceDecommissioned,
    DeviceManufactured,
    DeviceProvisioned,
    DeviceQuarantined,
    DeviceReleased,
    LifecycleEvent,
)
from schemas.security.network import NetworkFlowClosed, NetworkPolicyViolated
from schemas.security.provisioning import (
    ProvisioningCredentialExpired,
    ProvisioningCredentialIssued,
    ProvisioningCredentialReused,
    ProvisioningCredentialUsed,
)
from schemas.security.session import SessionClosed, SessionOpened
from schemas.security.tamper import DebugPortClosed, DebugPortOpened, TamperDetected
from schemas.security.twin import TwinDesired, TwinReported
from schemas.security.update import UpdateProgressed

TYPES: tuple[type[SecurityEvent], ...] = (
    AuthenticationSucceeded,
    AuthenticationFailed,
    AuthorisationGranted,
    AuthorisationDenied,
    SessionOpened,
    SessionClosed,
    ConfigurationChanged,
    ConfigurationDriftFound,
    ConfigurationDriftResolved,
    AttestationPassed,
    AttestationFailed,
    BootMeasured,
    SecureBootViolated,
    AntiRollbackViolated,
    FirmwareIntegrityChecked,
    FirmwareIntegrityViolated,
    NetworkPolicyViolated,
    NetworkFlowClosed,
    UpdateProgressed,
    CredentialIssued,
    CredentialRenewed,
    CredentialExpiring,
    CredentialExpired,
    CredentialRevocationSeen,
    CredentialKeyCompromiseReported,
    ProvisioningCredentialIssued,
    ProvisioningCredentialUsed,
    ProvisioningCredentialReused,
    ProvisioningCredentialExpired,
    TamperDetected,
    DebugPortOpened,
    DebugPortClosed,
    DeviceManufactured,
    DeviceProvisioned,
    DeviceClaimed,
    DeviceActivated,
    DeviceQuarantined,
    DeviceReleased,
    DeviceDecommissioned,
    TwinDesired,
    TwinReported,
)
RESERVED: tuple[type[SecurityEvent], ...] = tuple(kind for kind in TYPES if kind.RESERVED)

__all__ = [
    "RESERVED",
    "SECURITY_EVENTS",
    "TYPES",
    "AntiRollbackViolated",
    "AttestationFailed",
    "AttestationPassed",
    "AuthenticationFailed",
    "AuthenticationSucceeded",
    "AuthorisationDenied",
    "AuthorisationGranted",
    "BootMeasured",
    "ConfigurationChanged",
    "ConfigurationDriftFound",
    "ConfigurationDriftResolved",
    "CredentialExpired",
    "CredentialExpiring",
    "CredentialIssued",
    "CredentialKeyCompromiseReported",
    "CredentialRenewed",
    "CredentialRevocationSeen",
    "DebugPortClosed",
    "DebugPortOpened",
    "DeviceActivated",
    "DeviceClaimed",
    "DeviceDecommissioned",
    "DeviceManufactured",
    "DeviceProvisioned",
    "DeviceQuarantined",
    "DeviceReleased",
    "Digest",
    "FirmwareIntegrityChecked",
    "FirmwareIntegrityViolated",
    "LifecycleEvent",
    "Measurement",
    "NetworkFlowClosed",
    "NetworkPolicyViolated",
    "ProvisioningCredentialExpired",
    "ProvisioningCredentialIssued",
    "ProvisioningCredentialReused",
    "ProvisioningCredentialUsed",
    "SecureBootViolated",
    "SecurityEvent",
    "SessionClosed",
    "SessionOpened",
    "TamperDetected",
    "TwinDesired",
    "TwinReported",
    "UpdateProgressed",
]
