using System.Globalization;
using System.Net;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>Finds the prefixes that a resolver makes addresses of IPv6 with. Source: RFC 7050; RFC 6052, section 2.2.</summary>
internal static class DigPrefixes
{
    private const int MostPrefixes = 10;
    private const int OctetsOfIPv6 = 16, Reserved = 8; // octet 8 is always 0

    private static ReadOnlySpan<byte> Lengths => [96, 64, 56, 48, 40, 32];

    /// <summary>The prefixes that addresses of <c>ipv4only.arpa</c> show, each with its length.</summary>
    /// <param name="message">The answer.</param>
    internal static IReadOnlyList<string> Of(DigMessage message)
    {
        var prefixes = new List<string>();
        DnsRecordReader records = message.View.ReadRecords();
        for (int i = 0; i < message.Records && prefixes.Count < MostPrefixes; i++)
        {
            _ = records.Read();
            if (records is { Section: DnsSection.Answer, Current.Type: DnsRecordType.AAAA } && records.Current.Data.Length == OctetsOfIPv6
                && PrefixOf(records.Current.Data) is { } prefix && !prefixes.Contains(prefix))
            {
                prefixes.Add(prefix);
            }
        }

        return prefixes;
    }

    private static string? PrefixOf(ReadOnlySpan<byte> address)
    {
        foreach (byte length in Lengths)
        {
            Span<byte> embedded = stackalloc byte[4];
            int at = length / 8;
            for (int i = 0; i < embedded.Length; i++, at++)
            {
                if (at == Reserved)
                    at++;
                embedded[i] = address[at];
            }

            // 192.0.0.170 and 192.0.0.171 are the addresses of the name.
            if (embedded is not [192, 0, 0, 170 or 171] || (length < 96 && address[Reserved] != 0))
                continue;
            byte[] prefix = new byte[OctetsOfIPv6];
            address[..(length / 8)].CopyTo(prefix);
            return string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(prefix)}/{length}");
        }

        return null;
    }
}
