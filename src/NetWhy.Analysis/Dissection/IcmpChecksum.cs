using NetWhy.Analysis.Fields;
using NetWhy.Wire;

namespace NetWhy.Analysis.Dissection;

/// <summary>The checksum of ICMP, which is looked at: no card computes it. Sources: RFC 792, RFC 4443, section 2.3.</summary>
/// <param name="group">The protocol.</param>
/// <param name="bad">The name of the remark that it is wrong.</param>
internal sealed class IcmpChecksum(FieldGroup group, string bad)
{
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
        if (hasPseudoHeader && dissection.IsEndUnknown)
        {
            dissection.Fields.SayMore($" [unverified]");
            dissection.Fields.Add(_status, PacketChecksum.Unverified, offset + 2, 0);
            return;
        }

        if (dissection.IsQuoted || dissection.IsFragment || dissection.Captured(offset, length) < length)
        {
            dissection.Fields.SayMore($" [unverified]{(dissection.IsQuoted ? " [in ICMP error packet]" : " [fragmented datagram]")}");
            dissection.Fields.Add(_status, PacketChecksum.Unverified, offset + 2, 0);
            return;
        }

        if (!dissection.Fields.IsWanted(_status) && !dissection.Fields.IsWanted(_bad) && !dissection.Fields.IsWanted(ExpertFields.Message))
            return;
        ushort right = PacketChecksum.RightOf(dissection.Octets.Slice(offset, length), sent, hasPseudoHeader ? PacketChecksum.PseudoHeader(dissection, IPProtocol.IcmpV6, length) : 0);
        if (right == sent)
        {
            dissection.Fields.SayMore($" [correct]");
            dissection.Fields.Add(_status, PacketChecksum.Good, offset + 2, 0);
            return;
        }

        dissection.Fields.SayMore($" incorrect, should be 0x{right:x4}");
        dissection.Fields.Remark(_bad, offset + 2, $"{_bad.Label} [should be 0x{right:x4}]");
        dissection.Fields.Add(_status, PacketChecksum.Bad, offset + 2, 0);
    }
}
