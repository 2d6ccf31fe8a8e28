using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Filters;

/// <summary>A condition on a packet.</summary>
internal delegate bool PacketTest(in DissectedPacket packet);

/// <summary>Conditions that are joined.</summary>
internal sealed class FilterJoin(PacketTest[] parts)
{
    internal bool All(in DissectedPacket packet)
    {
        foreach (PacketTest part in parts)
        {
            if (!part(packet))
                return false;
        }

        return true;
    }

    internal bool Any(in DissectedPacket packet)
    {
        foreach (PacketTest part in parts)
        {
            if (part(packet))
                return true;
        }

        return false;
    }
}

/// <summary>Whether a computed value is other than zero.</summary>
internal sealed class FilterTruth(FilterOperand operand, FilterMemory memory)
{
    internal bool Test(in DissectedPacket packet)
    {
        if (!operand.Load(packet))
            return false;
        bool isOctets = operand.Type.Kind is FieldKind.Octets or FieldKind.EthernetAddress or FieldKind.Ipv6Address;
        foreach (ref readonly FilterValue value in operand.Values.Span)
        {
            if (isOctets ? memory.Octets(packet, value).ContainsAnyExcept((byte)0) : value.Number != 0 || value.Double != 0)
                return true;
        }

        return false;
    }
}

/// <summary>Whether a slice has octets.</summary>
internal sealed class FilterPresence(FilterOperand slice, FilterMemory memory)
{
    internal bool Test(in DissectedPacket packet)
    {
        if (!slice.Load(packet))
            return false;
        foreach (ref readonly FilterValue value in slice.Values.Span)
        {
            if (!memory.Octets(packet, value).IsEmpty)
                return true;
        }

        return false;
    }
}
