using System.Globalization;

namespace NetWhy.Wire.Dns;

/// <summary>Names of response codes.</summary>
public static class DnsResponseCodes
{
    extension(DnsResponseCode code)
    {
        /// <summary>The name that name servers and dig give it, such as <c>NXDOMAIN</c>; <c>RCODE11</c> for one without a name. Source: IANA, "DNS RCODEs".</summary>
        public string Mnemonic => code switch
        {
            DnsResponseCode.NoError => "NOERROR",
            DnsResponseCode.FormatError => "FORMERR",
            DnsResponseCode.ServerFailure => "SERVFAIL",
            DnsResponseCode.NameNotFound => "NXDOMAIN",
            DnsResponseCode.NotImplemented => "NOTIMP",
            DnsResponseCode.Refused => "REFUSED",
            DnsResponseCode.NameExists => "YXDOMAIN",
            DnsResponseCode.RecordSetExists => "YXRRSET",
            DnsResponseCode.RecordSetNotFound => "NXRRSET",
            DnsResponseCode.NotAuthoritative => "NOTAUTH",
            DnsResponseCode.NotInZone => "NOTZONE",
            DnsResponseCode.BadVersion => "BADVERS",
            DnsResponseCode.BadKey => "BADKEY",
            DnsResponseCode.BadTime => "BADTIME",
            DnsResponseCode.BadMode => "BADMODE",
            DnsResponseCode.BadName => "BADNAME",
            DnsResponseCode.BadAlgorithm => "BADALG",
            DnsResponseCode.BadTruncation => "BADTRUNC",
            DnsResponseCode.BadCookie => "BADCOOKIE",
            _ => string.Create(CultureInfo.InvariantCulture, $"RCODE{(int)code}"),
        };
    }
}
