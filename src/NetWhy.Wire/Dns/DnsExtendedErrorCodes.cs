namespace NetWhy.Wire.Dns;

/// <summary>Names of extended errors.</summary>
public static class DnsExtendedErrorCodes
{
    extension(DnsExtendedErrorCode error)
    {
        /// <summary>IANA's name, such as <c>DNSSEC Bogus</c>; <c>Unassigned</c> for a number without one.</summary>
        public string Mnemonic => error switch
        {
            DnsExtendedErrorCode.Other => "Other",
            DnsExtendedErrorCode.UnsupportedKeyAlgorithm => "Unsupported DNSKEY Algorithm",
            DnsExtendedErrorCode.UnsupportedDigestType => "Unsupported DS Digest Type",
            DnsExtendedErrorCode.StaleAnswer => "Stale Answer",
            DnsExtendedErrorCode.ForgedAnswer => "Forged Answer",
            DnsExtendedErrorCode.Indeterminate => "DNSSEC Indeterminate",
            DnsExtendedErrorCode.Bogus => "DNSSEC Bogus",
            DnsExtendedErrorCode.SignatureExpired => "Signature Expired",
            DnsExtendedErrorCode.SignatureNotYetValid => "Signature Not Yet Valid",
            DnsExtendedErrorCode.KeyMissing => "DNSKEY Missing",
            DnsExtendedErrorCode.SignaturesMissing => "RRSIGs Missing",
            DnsExtendedErrorCode.NoZoneKeyBitSet => "No Zone Key Bit Set",
            DnsExtendedErrorCode.ProofMissing => "NSEC Missing",
            DnsExtendedErrorCode.CachedError => "Cached Error",
            DnsExtendedErrorCode.NotReady => "Not Ready",
            DnsExtendedErrorCode.Blocked => "Blocked",
            DnsExtendedErrorCode.Censored => "Censored",
            DnsExtendedErrorCode.Filtered => "Filtered",
            DnsExtendedErrorCode.Prohibited => "Prohibited",
            DnsExtendedErrorCode.StaleNonexistent => "Stale NXDOMAIN Answer",
            DnsExtendedErrorCode.NotAuthoritative => "Not Authoritative",
            DnsExtendedErrorCode.NotSupported => "Not Supported",
            DnsExtendedErrorCode.NoReachableAuthority => "No Reachable Authority",
            DnsExtendedErrorCode.NetworkError => "Network Error",
            DnsExtendedErrorCode.InvalidData => "Invalid Data",
            DnsExtendedErrorCode.ExpiredBeforeValid => "Signature Expired before Valid",
            DnsExtendedErrorCode.TooEarly => "Too Early",
            DnsExtendedErrorCode.UnsupportedIterations => "Unsupported NSEC3 Iterations Value",
            DnsExtendedErrorCode.PolicyConflict => "Unable to conform to policy",
            DnsExtendedErrorCode.Synthesized => "Synthesized",
            DnsExtendedErrorCode.InvalidQueryType => "Invalid Query Type",
            _ => "Unassigned",
        };
    }
}
