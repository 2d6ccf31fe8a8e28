using System.Globalization;

namespace NetWhy.Wire.Dns;

/// <summary>Names of options.</summary>
public static class DnsOptionCodes
{
    extension(DnsOptionCode option)
    {
        /// <summary>The name, such as <c>COOKIE</c>, as dig takes it behind <c>+ednsopt=</c>; the number of one without a name.</summary>
        public string Mnemonic => option switch
        {
            DnsOptionCode.LongLivedQuery => "LLQ",
            DnsOptionCode.UpdateLease => "UL",
            DnsOptionCode.NameServerId => "NSID",
            DnsOptionCode.DnssecAlgorithms => "DAU",
            DnsOptionCode.DigestAlgorithms => "DHU",
            DnsOptionCode.Nsec3Hashes => "N3U",
            DnsOptionCode.ClientSubnet => "ECS",
            DnsOptionCode.Expire => "EXPIRE",
            DnsOptionCode.Cookie => "COOKIE",
            DnsOptionCode.TcpKeepalive => "KEEPALIVE",
            DnsOptionCode.Padding => "PAD",
            DnsOptionCode.Chain => "CHAIN",
            DnsOptionCode.KeyTag => "KEY-TAG",
            DnsOptionCode.ExtendedError => "EDE",
            DnsOptionCode.ClientTag => "CLIENT-TAG",
            DnsOptionCode.ServerTag => "SERVER-TAG",
            DnsOptionCode.ReportChannel => "Report-Channel",
            DnsOptionCode.ZoneVersion => "ZONEVERSION",
            DnsOptionCode.MultipleTypesQuery => "MQTYPE-QUERY",
            DnsOptionCode.MultipleTypesResponse => "MQTYPE-RESPONSE",
            DnsOptionCode.UmbrellaIdentifier => "Umbrella",
            DnsOptionCode.DeviceId => "DEVICEID",
            _ => ((ushort)option).ToString(CultureInfo.InvariantCulture),
        };
    }
}
