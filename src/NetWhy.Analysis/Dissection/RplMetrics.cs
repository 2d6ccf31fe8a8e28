using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>What RPL chooses routes by. Source: RFC 6551.</summary>
internal static class RplMetrics
{
    internal static readonly FieldGroup Group = new(Icmpv6Dissector.Group);
    private static readonly Field Type = Group.Unsigned("rpl.opt.metric.type", "Routing Metric/Constraint Type", 8, Icmpv6Names.Metric).At(2);
    private static readonly Field Flags = Group.Hexadecimal("rpl.opt.metric.flags", "Flags", 16).At(3);
    private static readonly Field FlagsReserved = Group.Hexadecimal("rpl.opt.metric.reserved", "Reserved Flags", 16).Masked(0xf800, level: 4);
    private static readonly Field IsPartial = Group.Flag("rpl.opt.metric.flag.p", "Flag P", 16, 0x400, level: 4);
    private static readonly Field IsConstraint = Group.Flag("rpl.opt.metric.flag.c", "Flag C", 16, 0x200, level: 4);
    private static readonly Field IsOptional = Group.Flag("rpl.opt.metric.flag.o", "Flag O", 16, 0x100, level: 4);
    private static readonly Field IsRecorded = Group.Flag("rpl.opt.metric.flag.r", "Flag R", 16, 0x80, level: 4);
    private static readonly Field Aggregation = Group.Hexadecimal("rpl.opt.metric.flag.a", "A Field", 16).Masked(0x70, level: 4);
    private static readonly Field Precedence = Group.Hexadecimal("rpl.opt.metric.prec", "Precedence field", 16).Masked(0xf, level: 4);
    private static readonly Field Length = Group.Unsigned("rpl.opt.metric.length", "Metric Length", 8).At(3);
    private static readonly Field NodeState = Group.Hexadecimal("rpl.opt.metric.nsa.object", "Node State and Attribute Object", 16).At(3);
    private static readonly Field NodeReserved = Group.Hexadecimal("rpl.opt.metric.nsa.object.reserved", "Reserved field", 16).Masked(0xff00, level: 4);
    private static readonly Field NodeFlags = Group.Hexadecimal("rpl.opt.metric.nsa.object.flags", "Flags", 16).Masked(0xfc, level: 4);
    private static readonly Field Aggregates = Group.Flag("rpl.opt.metric.nsa.object.flag.a", "Flag A", 16, 0x2, level: 4);
    private static readonly Field IsOverloaded = Group.Flag("rpl.opt.metric.nsa.object.flag.o", "Flag O", 16, 0x1, level: 4);
    private static readonly Field NodeMore = Group.Unsigned("rpl.opt.metric.nsa.object.opttlv.object", "Node State and Attribute Optional TLV", 8).At(3);
    private static readonly Field NodeMoreType = Group.Unsigned("rpl.opt.metric.nsa.object.opttlv.object.type", "Node State and Attribute Optional TLV Type", 8).At(4);
    private static readonly Field NodeMoreLength = Group.Unsigned("rpl.opt.metric.nsa.object.opttlv.object.length", "Node State and Attribute Optional TLV Length", 8).At(4);
    private static readonly Field NodeMoreData = Group.Octets("rpl.opt.metric.nsa.object.opttlv.object.data", "Raw Data").At(4);
    private static readonly Field Energy = Group.Hexadecimal("rpl.opt.metric.ne.object", "Node Energy Object", 16).At(3);
    private static readonly Field EnergyFlags = Group.Hexadecimal("rpl.opt.metric.ne.object.flags", "Flags field", 16).Masked(0xf000, level: 4);
    private static readonly Field IsIncluded = Group.Flag("rpl.opt.metric.ne.object.flag.i", "Flag I", 16, 0x800, level: 4);
    private static readonly Field EnergyType = Group.Hexadecimal("rpl.opt.metric.ne.object.type", "Type", 16).Masked(0x600, level: 4);
    private static readonly Field IsEstimated = Group.Flag("rpl.opt.metric.ne.object.flag.e", "Flag E", 16, 0x100, level: 4);
    private static readonly Field EnergyLeft = Group.Hexadecimal("rpl.opt.metric.ne.object.energy", "Energy", 16).Masked(0xff, level: 4);
    private static readonly Field Hops = Group.Hexadecimal("rpl.opt.metric.hp.object", "Hop Count Object", 16).At(3);
    private static readonly Field HopsReserved = Group.Hexadecimal("rpl.opt.metric.hp.object.reserved", "Reserved field", 16).Masked(0xf000, level: 4);
    private static readonly Field HopsFlags = Group.Hexadecimal("rpl.opt.metric.hp.object.flags", "Flags", 16).Masked(0xf00, level: 4);
    private static readonly Field HopCount = Group.Unsigned("rpl.opt.metric.hp.object.hp", "Hop Count", 16).Masked(0xff, level: 4);
    private static readonly Field Throughput = Group.Unsigned("rpl.opt.metric.lt.object.lt", "Link Throughput", 32).At(3);
    private static readonly Field Latency = Group.Unsigned("rpl.opt.metric.ll.object.ll", "Link Latency", 32).At(3);
    private static readonly Field Quality = Group.Hexadecimal("rpl.opt.metric.lql.object", "Link Quality Level Object", 8).At(3);
    private static readonly Field QualityReserved = Group.Hexadecimal("rpl.opt.metric.lql.object.res", "Reserved field", 8).Masked(0xff, level: 3);
    private static readonly Field QualityLevel = Group.Hexadecimal("rpl.opt.metric.lql.object.val", "Val(ue)", 8).Masked(0xe0, level: 4);
    private static readonly Field QualityCount = Group.Unsigned("rpl.opt.metric.lql.object.counter", "Counter", 8).Masked(0x1f, level: 4);
    private static readonly Field Transmissions = Group.Unsigned("rpl.opt.metric.etx.object.etx", "ETX", 16).At(3);
    private static readonly Field Color = Group.None("rpl.opt.metric.lc.object", "Link Color Object").At(3);
    private static readonly Field ColorReserved = Group.Hexadecimal("rpl.opt.metric.lc.object.res", "Reserved field", 8).Masked(0xff, level: 3);
    private static readonly Field LinkColor = Group.Hexadecimal("rpl.opt.metric.lc.object.lc", "Link Color", 16).Masked(0xffc0, level: 4);
    private static readonly Field ColorCount = Group.Unsigned("rpl.opt.metric.lc.object.counter", "Counter", 16).Masked(0x3f, level: 4);
    private static readonly Field ColorFlagsReserved = Group.Unsigned("rpl.opt.metric.lc.object.reserved", "Reserved", 16).Masked(0x3e, level: 4);
    private static readonly Field ColorIsIncluded = Group.Unsigned("rpl.opt.metric.lc.object.flag.i", "Flag I", 16).Masked(0x1, level: 4);
    private static readonly Field Unknown = Group.Finding("rpl.unknown.metric", "Unknown RPL metric/constraint type", Severity.Note, ExpertGroup.Undecoded);

    private const int HeadLength = 4;
    private static readonly Field[] FlagParts = [FlagsReserved, IsPartial, IsConstraint, IsOptional, IsRecorded, Aggregation, Precedence];
    private static readonly Field[] NodeParts = [NodeReserved, NodeFlags, Aggregates, IsOverloaded];
    private static readonly Field[] EnergyParts = [EnergyFlags, IsIncluded, EnergyType, IsEstimated, EnergyLeft];
    private static readonly Field[] HopParts = [HopsReserved, HopsFlags, HopCount];
    private static readonly Field[] QualityParts = [QualityLevel, QualityCount];

    /// <summary>Reads the metrics of a container, whose length was added last.</summary>
    /// <param name="dissection">The packet; nothing can be read behind the message.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="end">Where they end.</param>
    /// <returns>Where what is known of them ends.</returns>
    internal static int Read(ref Dissection dissection, int offset, int end)
    {
        int length = dissection.Fields.Last;
        int remarks = length + 1;
        while (offset + HeadLength <= end && !dissection.IsShort)
        {
            byte type = (byte)dissection.Number(Type, offset, 1);
            ushort flags = dissection.U16(offset + 1);
            dissection.Flags(Flags, offset + 1, FlagParts);
            int size = (int)dissection.Number(Length, offset + 3, 1);
            offset += HeadLength;
            if (dissection.IsShort)
                return offset;
            if (type is >= 1 and <= 8)
            {
                offset = ReadObjects(ref dissection, type, flags, offset, offset + size);
                continue;
            }

            // Beside others, under the length of the container.
            int first = dissection.Fields.Last + 1;
            dissection.Fields.RemarkOf(length, Unknown, offset, $"{Unknown.Label}");
            int added = dissection.Fields.Last + 1 - first;
            dissection.Fields.Move(first, remarks);
            remarks += added;
        }

        return offset;
    }

    private static int ReadObjects(ref Dissection dissection, byte type, ushort flags, int offset, int end)
    {
        switch (type)
        {
            case 1:
                dissection.Flags(NodeState, offset, NodeParts);
                return ReadMore(ref dissection, offset + 2, end);
            case 2:
                for (; offset < end && !dissection.IsShort; offset += 2)
                    dissection.Flags(Energy, offset, EnergyParts);
                return offset;
            case 3:
                dissection.Flags(Hops, offset, HopParts);
                return offset + 2;
            case 4 or 5:
                for (; offset < end && !dissection.IsShort; offset += 4)
                    dissection.Number(type == 4 ? Throughput : Latency, offset, 4);
                return offset;
            case 6:
                dissection.Bits(QualityReserved, offset, 1);
                for (offset++; offset < end && !dissection.IsShort; offset++)
                    dissection.Flags(Quality, offset, QualityParts);
                return offset;
            case 7:
                for (; offset < end && !dissection.IsShort; offset += 2)
                    dissection.Number(Transmissions, offset, 2);
                return offset;
            default:
                dissection.Bits(ColorReserved, offset, 1);
                for (offset++; offset < end && !dissection.IsShort; offset += 2)
                    ReadColor(ref dissection, flags, offset);
                return offset;
        }
    }

    // What is not known of the state of a node.
    private static int ReadMore(ref Dissection dissection, int offset, int end)
    {
        while (offset < end && !dissection.IsShort)
        {
            dissection.Number(NodeMore, offset, 1);
            dissection.Number(NodeMoreType, offset, 1);
            int length = (int)dissection.Number(NodeMoreLength, offset + 1, 1);
            dissection.Part(NodeMoreData, offset + 2, length);
            offset += 2 + length;
        }

        return offset;
    }

    // RFC 6551, section 4.4.1: as a metric it counts links, as a constraint it includes or excludes them.
    private static void ReadColor(ref Dissection dissection, ushort flags, int offset)
    {
        if (!dissection.Need(offset, 2))
            return;
        int head = dissection.Fields.Last + 1;
        dissection.Fields.Add(Color, 0, offset, 2);
        dissection.Bits(LinkColor, offset, 2);
        if ((flags & 0x0200) != 0)
        {
            dissection.Bits(ColorFlagsReserved, offset, 2);
            dissection.Bits(ColorIsIncluded, offset, 2);
        }
        else if ((flags & 0x0080) != 0)
        {
            dissection.Bits(ColorCount, offset, 2);
        }
        else
        {
            dissection.Fields.RemarkOf(head, Unknown, offset, $"{Unknown.Label}");
        }
    }
}
