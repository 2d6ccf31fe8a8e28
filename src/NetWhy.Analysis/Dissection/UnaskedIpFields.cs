using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Fields of IPv4 that Wireshark fills only with preferences that are off as it comes: they may be asked for, and no packet has them.</summary>
/// <param name="group">The protocol.</param>
internal sealed class UnaskedIpFields(FieldGroup group)
{
    /// <summary>The octet of services as RFC 791 has it (<c>ip.decode_tos_as_diffserv</c>).</summary>
    internal Field[] Services { get; } =
    [
        group.Unsigned("tos", "Type of Service", 8), group.Unsigned("tos.precedence", "Precedence", 8, IpNames.Precedence).Masked(0xe0, level: 2), group.Boolean("tos.delay", "Delay", 8).Masked(0x10, level: 2).Saying("Normal", "Low"),
        group.Boolean("tos.throughput", "Throughput", 8).Masked(0x08, level: 2).Saying("Normal", "High"), group.Boolean("tos.reliability", "Reliability", 8).Masked(0x04, level: 2).Saying("Normal", "High"),
        group.Boolean("tos.cost", "Cost", 8).Masked(0x02, level: 2).Saying("Normal", "Low"),
    ];

    /// <summary>The bit of RFC 3514 (<c>ip.security_flag</c>).</summary>
    internal Field[] Security { get; } =
        [group.Flag("flags.sf", "Security flag", 8, 0x80, level: 2).Saying("Not evil", "Evil"), group.Finding("evil_packet", "Packet has evil intent", Severity.Warning, ExpertGroup.Protocol)];

    /// <summary>Places of addresses, from databases that are not part of it.</summary>
    internal Field[] Places { get; } = GeographicFields.Of(group);
}

/// <summary>Fields of IPv6 that Wireshark fills only with preferences that are off as it comes: they may be asked for, and no packet has them.</summary>
/// <param name="group">The protocol.</param>
internal sealed class UnaskedIpv6Fields(FieldGroup group)
{
    /// <summary>Parts of addresses with prefixes for translators that somebody set (<c>ipv6.embed_ipv4_prefixes</c>).</summary>
    internal Field[] Translated { get; } =
    [
        group.Octets("embed_ipv4_u", "Embedded IPv4 u field").Generated(), group.Octets("embed_ipv4_suffix", "Embedded IPv4 Suffix").Generated(),
        group.Finding("embed_ipv4.u.nonzero", "IPv4-Embedded IPv6 address bit 64 to 71 must be zero", Severity.Warning, ExpertGroup.Protocol),
    ];

    /// <summary>Places of addresses, from databases that are not part of it.</summary>
    internal Field[] Places { get; } = GeographicFields.Of(group);
}

/// <summary>Where addresses are, and who runs them: Wireshark knows it where somebody gave it databases of MaxMind.</summary>
internal static class GeographicFields
{
    /// <summary>Declares them: no packet has them.</summary>
    /// <param name="group">The protocol.</param>
    internal static Field[] Of(FieldGroup group) =>
        [.. OfEnd(group, "", "Source or Destination"), .. OfEnd(group, "src_", "Source"), .. OfEnd(group, "dst_", "Destination")];

    private static IEnumerable<Field> OfEnd(FieldGroup group, string prefix, string label)
    {
        if (prefix.Length > 0)
            yield return group.Utf8($"geoip.{prefix}summary", $"{label} GeoIP").Generated();
        yield return group.Utf8($"geoip.{prefix}country", $"{label} GeoIP Country").Generated();
        yield return group.Utf8($"geoip.{prefix}country_iso", $"{label} GeoIP ISO Two Letter Country Code").Generated();
        yield return group.Utf8($"geoip.{prefix}city", $"{label} GeoIP City").Generated();
        yield return group.Unsigned($"geoip.{prefix}asnum", $"{label} GeoIP AS Number", 32).Generated();
        yield return group.Utf8($"geoip.{prefix}org", $"{label} GeoIP AS Organization").Generated();
        yield return group.Double($"geoip.{prefix}lat", $"{label} GeoIP Latitude").Generated();
        yield return group.Double($"geoip.{prefix}lon", $"{label} GeoIP Longitude").Generated();
    }
}
