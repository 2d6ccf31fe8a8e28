using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>The checksum of ICMP, which is looked at: no card computes it. Sources: RFC 792, RFC 4443, section 2.3.</summary>
/// <param name="group">The protocol.</param>
/// <param name="bad">The name of the remark that it is wrong.</param>
internal sealed class IcmpChecksum(FieldGroup group, string bad)
{
    private const ulong Bad = 0;
    private const ulong Good = 1;
    private const ulong Unverified = 2;

    private readonly Field _checksum = group.Hexadecimal("checksum", "Checksum", 16);
    private readonly Field _status = group.Unsigned("checksum.status", "Checksum Status", 8, IpNames.Checksum).NameAlone().Generated();
    private readonly Field _bad = group.Finding(bad, "Bad checksum", Severity.Warning, ExpertGroup.Checksum);

    /// <summary>Reads it.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where the message begins.</param>
    /// <param name="length">How long it is.</param>
    /// <param name="hasPseudoHeader">Whether the addresses are summed up besides: RFC 4443, section 2.3.</param>
    internal void Read(ref Dissection dissection, int offset, int length, bool hasPseudoHeader)
    {
        ushort sent = (ushort)dissection.Number(_checksum, offset + 2, 2);
        if (!dissection.Need(offset, 4) || length < 4)
            return;
        if (dissection.IsQuoted || dissection.IsFragment || dissection.Captured(offset, length) < length)
        {
            dissection.Fields.SayMore($" [unverified]{(dissection.IsQuoted ? " [in ICMP error packet]" : " [fragmented datagram]")}");
            dissection.Fields.Add(_status, Unverified, offset + 2, 0);
            return;
        }

        if (!dissection.Fields.IsWanted(_status) && !dissection.Fields.IsWanted(_bad) && !dissection.Fields.IsWanted(ExpertFields.Message))
            return;
        ushort computed = Sum(dissection.Octets.Slice(offset, length), hasPseudoHeader ? PseudoHeader(dissection, length) : 0);
        if (computed == 0)
        {
            dissection.Fields.SayMore($" [correct]");
            dissection.Fields.Add(_status, Good, offset + 2, 0);
            return;
        }

        ushort right = Without(sent, computed);
        dissection.Fields.SayMore($" incorrect, should be 0x{right:x4}");
        dissection.Fields.Remark(_bad, offset + 2, $"{_bad.Label} [should be 0x{right:x4}]");
        dissection.Fields.Add(_status, Bad, offset + 2, 0);
    }

    /// <summary>What the checksum of octets should be.</summary>
    /// <param name="octets">The octets, with the checksum in them.</param>
    /// <param name="sent">The checksum.</param>
    internal static ushort RightOf(ReadOnlySpan<byte> octets, ushort sent)
    {
        ushort computed = Sum(octets, 0);
        return computed == 0 ? sent : Without(sent, computed);
    }

    // The sum without what was sent.
    private static ushort Without(ushort sent, ushort computed) => Sum([(byte)(sent >> 8), (byte)sent], (ushort)~computed, isDifference: true);

    // RFC 8200, section 8.1.
    private static uint PseudoHeader(in Dissection dissection, int length)
    {
        const uint NextHeader = 58;
        Span<byte> addresses = stackalloc byte[32];
        dissection.Source.Address.Write(addresses);
        dissection.Destination.Address.Write(addresses[16..]);
        uint sum = NextHeader + (uint)length;
        for (int index = 0; index < addresses.Length; index += 2)
            sum += ((uint)addresses[index] << 8) | addresses[index + 1];
        return sum;
    }

    // The complement of the sum: RFC 1071.
    private static ushort Sum(ReadOnlySpan<byte> octets, uint start, bool isDifference = false)
    {
        ulong sum = start;
        for (int index = 0; index < octets.Length; index += 2)
        {
            uint word = ((uint)octets[index] << 8) | (index + 1 < octets.Length ? octets[index + 1] : 0u);
            sum += isDifference ? word ^ 0xffff : word;
        }

        while (sum >> 16 != 0)
            sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }
}
