using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Messages of RPL, the routing of networks of low power. Sources: RFC 6550, section 6; RFC 6997.</summary>
internal static class RplMessages
{
    internal static readonly FieldGroup Group = new(Icmpv6Dissector.Group);
    private static readonly Field SolicitationFlags = Group.Unsigned("rpl.dis.flags", "Flags", 8);
    private static readonly Field GraphInstance = Group.Unsigned("rpl.dio.instance", "RPLInstanceID", 8);
    private static readonly Field GraphVersion = Group.Unsigned("rpl.dio.version", "Version", 8);
    private static readonly Field Rank = Group.Unsigned("rpl.dio.rank", "Rank", 16);
    private static readonly Field GraphFlags = Group.Hexadecimal("rpl.dio.flag", "Flags", 8);
    private static readonly Field IsGrounded = Group.Boolean("rpl.dio.flag.g", "Grounded (G)", 8).Masked(0x80, level: 2);
    private static readonly Field GraphZero = Group.Boolean("rpl.dio.flag.0", "Zero", 8).Masked(0x40, level: 2);
    private static readonly Field ModeOfOperation = Group.Hexadecimal("rpl.dio.flag.mop", "Mode of Operation (MOP)", 8, Icmpv6Names.ModeOfOperation).Masked(0x38, level: 2);
    private static readonly Field GraphPreference = Group.Unsigned("rpl.dio.flag.preference", "DODAG Preference", 8).Masked(0x7, level: 2);
    private static readonly Field TriggerSequence = Group.Unsigned("rpl.dio.dtsn", "Destination Advertisement Trigger Sequence Number (DTSN)", 8);
    private static readonly Field GraphId = Group.Ipv6Address("rpl.dio.dagid", "DODAGID");
    private static readonly Field DestinationInstance = Group.Unsigned("rpl.dao.instance", "RPLInstanceID", 8);
    private static readonly Field DestinationFlags = Group.Hexadecimal("rpl.dao.flag", "Flags", 8);
    private static readonly Field WantsAcknowledgment = Group.Boolean("rpl.dao.flag.k", "DAO-ACK Request (K)", 8).Masked(0x80, level: 2);
    private static readonly Field HasGraphId = Group.Boolean("rpl.dao.flag.d", "DODAGID Present (D)", 8).Masked(0x40, level: 2);
    private static readonly Field DestinationReserved = Group.Unsigned("rpl.dao.flag.rsv", "Reserved", 8).Masked(0x3f, level: 2);
    private static readonly Field DestinationSequence = Group.Unsigned("rpl.dao.sequence", "DAO Sequence", 8);
    private static readonly Field DestinationGraphId = Group.Ipv6Address("rpl.dao.dodagid", "DODAGID");
    private static readonly Field AcknowledgedInstance = Group.Unsigned("rpl.daoack.instance", "RPLInstanceID", 8);
    private static readonly Field AcknowledgedFlags = Group.Hexadecimal("rpl.daoack.flag", "Flag", 8);
    private static readonly Field AcknowledgesGraphId = Group.Boolean("rpl.daoack.flag.d", "DODAGID Present (D)", 8).Masked(0x80, level: 2);
    private static readonly Field AcknowledgedReserved = Group.Unsigned("rpl.daoack.flag.rsv", "Reserved", 8).Masked(0x7f, level: 2);
    private static readonly Field AcknowledgedSequence = Group.Unsigned("rpl.daoack.sequence", "DAO-ACK Sequence", 8);
    private static readonly Field AcknowledgedStatus = Group.Unsigned("rpl.daoack.status", "Status", 8);
    private static readonly Field AcknowledgedGraphId = Group.Ipv6Address("rpl.daoack.dodagid", "DODAGID");
    private static readonly Field CheckInstance = Group.Unsigned("rpl.cc.instance", "RPLInstanceID", 8);
    private static readonly Field CheckFlags = Group.Hexadecimal("rpl.cc.flag", "Flag", 8);
    private static readonly Field CheckResponds = Group.Boolean("rpl.cc.flag.r", "Response (R)", 8).Masked(0x80, level: 2);
    private static readonly Field CheckReserved = Group.Unsigned("rpl.cc.flag.rsv", "Reserved", 8).Masked(0x7f, level: 2);
    private static readonly Field CheckNonce = Group.Hexadecimal("rpl.cc.nonce", "CC Nonce", 16);
    private static readonly Field CheckGraphId = Group.Ipv6Address("rpl.cc.dodagid", "DODAGID");
    private static readonly Field CheckCounter = Group.Unsigned("rpl.cc.destination_counter", "Destination Counter", 32);
    private static readonly Field SecureFlags = Group.Hexadecimal("rpl.secure.flag", "Flags", 8);
    private static readonly Field CounterIsTime = Group.Boolean("rpl.secure.flag.t", "Counter is Time (T)", 8).Masked(0x80, level: 2);
    private static readonly Field SecureFlagsReserved = Group.Unsigned("rpl.secure.flag.rsv", "Reserved", 8).Masked(0x7f, level: 2);
    private static readonly Field Algorithm = Group.Unsigned("rpl.secure.algorithm", "Algorithm", 8, Icmpv6Names.SecurityAlgorithm);
    private static readonly Field KeyMode = Group.Unsigned("rpl.secure.kim", "Key Identifier Mode (KIM)", 8).Masked(0xc0, level: 2);
    private static readonly Field SecurityLevel = Group.Unsigned("rpl.secure.lvl", "Security Level (LVL)", 8).Masked(0x7, level: 2);
    private static readonly Field SecureReserved = Group.Unsigned("rpl.secure.rsv", "Reserved", 8).Masked(0x38, level: 2);
    private static readonly Field Counter = Group.Unsigned("rpl.secure.counter", "Counter", 32);
    private static readonly Field KeySource = Group.Octets("rpl.secure.key.source", "Key Source");
    private static readonly Field KeyIndex = Group.Unsigned("rpl.secure.key.index", "Key Source", 8);
    private static readonly Field ReplyInstance = Group.Unsigned("rpl.p2p.dro.instance", "RPLInstanceID", 8);
    private static readonly Field ReplyVersion = Group.Unsigned("rpl.p2p.dro.version", "Version", 8);
    private static readonly Field ReplyFlags = Group.Hexadecimal("rpl.p2p.dro.flag", "Flags", 16);
    private static readonly Field ReplyStops = Group.Boolean("rpl.p2p.dro.flag.stop", "Stop", 16).Masked(0x8000, level: 2).Saying("No", "Yes");
    private static readonly Field ReplyWantsAcknowledgment = Group.Boolean("rpl.p2p.dro.flag.ack", "Ack", 16).Masked(0x4000, level: 2).Saying("No", "Yes");
    private static readonly Field ReplySequence = Group.Unsigned("rpl.p2p.dro.flag.seq", "Seq", 16).Masked(0x3000, level: 2);
    private static readonly Field ReplyReserved = Group.Unsigned("rpl.p2p.dro.flag.reserved", "Reserved", 16).Masked(0xfff, level: 2);
    private static readonly Field ReplyGraphId = Group.Ipv6Address("rpl.p2p.dro.dagid", "DODAGID");
    private static readonly Field ReplyAcknowledgedFlags = Group.Hexadecimal("rpl.p2p.droack.flag", "Flags", 16);
    private static readonly Field ReplyAcknowledgedSequence = Group.Unsigned("rpl.p2p.droack.flag.seq", "Seq", 16).Masked(0xc000, level: 2);
    private static readonly Field ReplyAcknowledgedReserved = Group.Unsigned("rpl.p2p.droack.flag.reserved", "Reserved", 16).Masked(0x3fff, level: 2);
    private static readonly Field ReplyVersionNotZero = Group.Finding("rpl.p2p.dro.zero", "This field MUST be set to zero", Severity.Warning, ExpertGroup.Protocol);

    private static readonly Field[] GraphParts = [IsGrounded, GraphZero, ModeOfOperation, GraphPreference];
    private static readonly Field[] DestinationParts = [WantsAcknowledgment, HasGraphId, DestinationReserved];
    private static readonly Field[] AcknowledgedParts = [AcknowledgesGraphId, AcknowledgedReserved];
    private static readonly Field[] CheckParts = [CheckResponds, CheckReserved];
    private static readonly Field[] SecureParts = [CounterIsTime, SecureFlagsReserved];
    private static readonly Field[] KeyParts = [KeyMode, SecurityLevel, SecureReserved];
    private static readonly Field[] ReplyParts = [ReplyStops, ReplyWantsAcknowledgment, ReplySequence, ReplyReserved];
    private static readonly Field[] ReplyAcknowledgedParts = [ReplyAcknowledgedSequence, ReplyAcknowledgedReserved];

    /// <summary>Reads a message.</summary>
    /// <param name="dissection">The packet; nothing can be read behind the message.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="end">Where it ends.</param>
    internal static void Read(ref Dissection dissection, int offset, int end)
    {
        const byte Secure = 0x80;
        byte code = dissection.U8(offset + 1);
        int at = offset + 4;
        if ((code & Secure) != 0)
            at = ReadSecurity(ref dissection, at);
        if (dissection.IsShort)
            return;
        int options = (code & ~Secure) switch
        {
            0 => ReadSolicitation(ref dissection, at),
            1 => ReadGraph(ref dissection, at),
            2 => ReadDestination(ref dissection, at),
            3 => ReadAcknowledgment(ref dissection, at),
            4 => ReadReply(ref dissection, at, ReplyFlags, ReplyParts),
            5 => ReadReply(ref dissection, at, ReplyAcknowledgedFlags, ReplyAcknowledgedParts),
            10 when code != 10 => ReadCheck(ref dissection, at),
            _ => end,
        };
        if (!dissection.IsShort && (code & ~Secure) != 5)
            RplOptions.Read(ref dissection, options, end, isReply: (code & ~Secure) == 4);
    }

    private static int ReadSecurity(ref Dissection dissection, int offset)
    {
        const int SourceLength = 8;
        dissection.Flags(SecureFlags, offset, SecureParts);
        dissection.Number(Algorithm, offset + 1, 1);
        dissection.Flags(SecureFlags, offset + 2, KeyParts);
        dissection.Number(SecureFlags, offset + 3, 1);
        dissection.Number(Counter, offset + 4, 4);
        int mode = dissection.U8(offset + 2) >> 6;
        offset += 8;
        if (mode >= 2)
        {
            dissection.Part(KeySource, offset, SourceLength);
            offset += SourceLength;
        }

        if (mode == 1)
            return offset;
        dissection.Number(KeyIndex, offset, 1);
        return offset + 1;
    }

    private static int ReadSolicitation(ref Dissection dissection, int offset)
    {
        dissection.Number(SolicitationFlags, offset, 1);
        dissection.Part(Icmpv6Dissector.Reserved, offset + 1, 1);
        return offset + 2;
    }

    private static int ReadGraph(ref Dissection dissection, int offset)
    {
        dissection.Number(GraphInstance, offset, 1);
        dissection.Number(GraphVersion, offset + 1, 1);
        dissection.Number(Rank, offset + 2, 2);
        dissection.Flags(GraphFlags, offset + 4, GraphParts);
        dissection.Number(TriggerSequence, offset + 5, 1);
        dissection.Number(GraphFlags, offset + 6, 1);
        dissection.Part(Icmpv6Dissector.Reserved, offset + 7, 1);
        dissection.Part(GraphId, offset + 8, 16);
        return offset + 24;
    }

    private static int ReadDestination(ref Dissection dissection, int offset)
    {
        dissection.Number(DestinationInstance, offset, 1);
        dissection.Flags(DestinationFlags, offset + 1, DestinationParts);
        dissection.Part(Icmpv6Dissector.Reserved, offset + 2, 1);
        dissection.Number(DestinationSequence, offset + 3, 1);
        if ((dissection.U8(offset + 1) & 0x40) == 0)
            return offset + 4;
        dissection.Part(DestinationGraphId, offset + 4, 16);
        return offset + 20;
    }

    private static int ReadAcknowledgment(ref Dissection dissection, int offset)
    {
        dissection.Number(AcknowledgedInstance, offset, 1);
        dissection.Flags(AcknowledgedFlags, offset + 1, AcknowledgedParts);
        dissection.Number(AcknowledgedSequence, offset + 2, 1);
        dissection.Number(AcknowledgedStatus, offset + 3, 1);
        if ((dissection.U8(offset + 1) & 0x80) == 0)
            return offset + 4;
        dissection.Part(AcknowledgedGraphId, offset + 4, 16);
        return offset + 20;
    }

    private static int ReadCheck(ref Dissection dissection, int offset)
    {
        dissection.Number(CheckInstance, offset, 1);
        dissection.Flags(CheckFlags, offset + 1, CheckParts);
        dissection.Number(CheckNonce, offset + 2, 2);
        dissection.Part(CheckGraphId, offset + 4, 16);
        dissection.Number(CheckCounter, offset + 20, 4);
        return offset + 24;
    }

    private static int ReadReply(ref Dissection dissection, int offset, Field flags, Field[] parts)
    {
        dissection.Number(ReplyInstance, offset, 1);
        if (dissection.Number(ReplyVersion, offset + 1, 1) != 0)
            dissection.Remark(ReplyVersionNotZero, offset + 1);
        dissection.Flags(flags, offset + 2, parts);
        dissection.Part(ReplyGraphId, offset + 4, 16);
        return offset + 20;
    }
}
