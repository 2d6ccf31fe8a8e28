using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Multicast Listener Discovery, and routers of multicast that announce themselves. Sources: RFC 2710, RFC 3810, RFC 4286.</summary>
internal static class ListenerMessages
{
    internal static readonly FieldGroup Group = new(Icmpv6Dissector.Group);
    private static readonly Field ResponseDelay = Group.Unsigned("mld.maximum_response_delay", "Maximum Response Delay [ms]", 16);
    private static readonly Field ResponseCode = Group.Unsigned("mld.maximum_response_code", "Maximum Response Code", 16);
    private static readonly Field Address = Group.Ipv6Address("mld.multicast_address", "Multicast Address");
    private static readonly Field Flags = Group.Hexadecimal("mld.flag", "Flags", 8);
    private static readonly Field Suppresses = Group.Boolean("mld.flag.s", "Suppress Router-Side Processing", 8).Masked(0x8, level: 2);
    private static readonly Field Robustness = Group.Unsigned("mld.flag.qrv", "QRV (Querier's Robustness Variable)", 8).Masked(0x7, level: 2);
    private static readonly Field FlagsReserved = Group.Unsigned("mld.flag.reserved", "Reserved", 8).Masked(0xf0, level: 2);
    private static readonly Field QueryInterval = Group.Unsigned("mld.qqi", "QQIC (Querier's Query Interval Code)", 8);
    private static readonly Field SourceCount = Group.Unsigned("mld.nb_sources", "Number of Sources", 16);
    private static readonly Field Source = Group.Ipv6Address("mld.source_address", "Source Address");
    private static readonly Field RecordCount = Group.Unsigned("mldr.nb_mcast_records", "Number of Multicast Address Records", 16);
    private static readonly Field Record = Group.None("mldr.mar", "Multicast Address Record");
    private static readonly Field RecordType = Group.Unsigned("mldr.mar.record_type", "Record Type", 8, Icmpv6Names.ListenerRecord).At(2);
    private static readonly Field RecordDataLength = Group.Unsigned("mldr.mar.aux_data_len", "Aux Data Len", 8).At(2);
    private static readonly Field RecordSourceCount = Group.Unsigned("mldr.mar.nb_sources", "Number of Sources", 16).At(2);
    private static readonly Field RecordAddress = Group.Ipv6Address("mldr.mar.multicast_address", "Multicast Address").At(2);
    private static readonly Field RecordSource = Group.Ipv6Address("mldr.mar.source_address", "Source Address").At(2);
    private static readonly Field RecordData = Group.Octets("mldr.mar.auxiliary_data", "Auxiliary Data").At(2);
    private static readonly Field RouterInterval = Group.Unsigned("mcast_ra.query_interval", "Query Interval", 16);
    private static readonly Field RouterRobustness = Group.Unsigned("mcast_ra.robustness_variable", "Robustness Variable", 16);

    private const int AddressLength = 16;
    private static readonly Field[] FlagParts = [Suppresses, Robustness, FlagsReserved];

    /// <summary>Reads a query, a report of the first version, or a farewell.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where the message begins.</param>
    /// <param name="length">How long it is.</param>
    /// <param name="isQuery">Whether it is a query: those of the second version are longer.</param>
    internal static void Read(ref Dissection dissection, int offset, int length, bool isQuery)
    {
        const int FirstLength = 28; // from here on, a query is one of the second version: RFC 3810, section 8.1
        bool isSecond = isQuery && length >= FirstLength;
        if (!isSecond)
            dissection.Number(ResponseDelay, offset + 4, 2);
        else if (dissection.Need(offset + 4, 2))
            dissection.Fields.Add(ResponseCode, Exponential(dissection.U16(offset + 4), 12), offset + 4, 2);
        dissection.Part(Icmpv6Dissector.Reserved, offset + 6, 2);
        dissection.Part(Address, offset + 8, AddressLength);
        if (!isSecond || dissection.IsShort)
            return;
        dissection.Flags(Flags, offset + 24, FlagParts);
        if (dissection.Need(offset + 25, 1))
            dissection.Fields.Add(QueryInterval, Exponential(dissection.U8(offset + 25), 4), offset + 25, 1);
        int sources = (int)dissection.Number(SourceCount, offset + 26, 2);
        for (int at = offset + FirstLength; sources > 0 && !dissection.IsShort; sources--, at += AddressLength)
            dissection.Part(Source, at, AddressLength);
    }

    // Large numbers have an exponent of three bits behind the first: RFC 3810, sections 5.1.3 and 5.1.9.
    private static ulong Exponential(uint code, int mantissaBits)
    {
        uint mark = 1u << (mantissaBits + 3);
        if (code < mark)
            return code;
        uint mantissa = code & ((1u << mantissaBits) - 1);
        int exponent = (int)((code >> mantissaBits) & 7);
        return (ulong)(mantissa | (1u << mantissaBits)) << (exponent + 3);
    }

    /// <summary>Reads a report of the second version.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where the message begins.</param>
    internal static void ReadReport(ref Dissection dissection, int offset)
    {
        dissection.Part(Icmpv6Dissector.Reserved, offset + 4, 2);
        int records = (int)dissection.Number(RecordCount, offset + 6, 2);
        for (int at = offset + 8; records > 0 && !dissection.IsShort; records--)
            at = ReadRecord(ref dissection, at);
    }

    private static int ReadRecord(ref Dissection dissection, int offset)
    {
        if (!dissection.Need(offset, 1))
            return offset;
        int head = dissection.Fields.Last + 1;
        dissection.Fields.Add(Record, 0, offset, 4 + AddressLength);
        ulong type = dissection.Number(RecordType, offset, 1);
        int data = (int)dissection.Number(RecordDataLength, offset + 1, 1) * 4;
        int sources = (int)dissection.Number(RecordSourceCount, offset + 2, 2);
        dissection.Part(RecordAddress, offset + 4, AddressLength);
        if (!dissection.Need(offset + 4, AddressLength))
            return offset;
        if (dissection.Fields.AreTextsWanted)
            dissection.Fields.SayMoreOf(head, $" {Icmpv6Names.ListenerRecord.GetValueOrDefault(type) ?? $"Unknown Record Type ({type})"}: {dissection.Octets.Slice(offset + 4, AddressLength):ip}");
        offset += 4 + AddressLength;
        for (; sources > 0 && !dissection.IsShort; sources--, offset += AddressLength)
            dissection.Part(RecordSource, offset, AddressLength);
        if (data > 0 && !dissection.IsShort)
            dissection.Part(RecordData, offset, data);
        return offset + data;
    }

    /// <summary>Reads how a router of multicast asks for listeners.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where the message begins.</param>
    internal static void ReadRouter(ref Dissection dissection, int offset)
    {
        dissection.Number(RouterInterval, offset + 4, 2);
        dissection.Number(RouterRobustness, offset + 6, 2);
    }
}
