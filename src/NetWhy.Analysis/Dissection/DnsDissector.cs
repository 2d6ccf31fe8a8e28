using System.Buffers;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Wire.Dns;

namespace NetWhy.Analysis.Dissection;

/// <summary>DNS and its multicast kin. Sources: RFC 1035, RFC 6762, RFC 4795, RFC 6891.</summary>
internal static class DnsDissector
{
    internal static readonly FieldGroup Group = new("dns", "Domain Name System");
    internal static readonly FieldGroup Multicast = new("mdns", "Multicast Domain Name System");
    internal static readonly FieldGroup LinkLocal = new("llmnr", "Link-local Multicast Name Resolution");
    private static readonly Field Length = Group.Unsigned("length", "Length", 16);
    private static readonly Field Id = Group.Hexadecimal("id", "Transaction ID", 16);
    private static readonly Field Flags = Group.Hexadecimal("flags", "Flags", 16);
    private static readonly Field Response = Group.Boolean("flags.response", "Response", 16).Masked(0x8000).Saying("Message is a query", "Message is a response");
    private static readonly Field Opcode = Group.Unsigned("flags.opcode", "Opcode", 16, ValueNames.DnsOpcode).Masked(0x7800);
    private static readonly Field Authoritative = Group.Boolean("flags.authoritative", "Authoritative", 16).Masked(0x400).Saying("Server is not an authority for domain", "Server is an authority for domain");
    private static readonly Field Truncated = Group.Boolean("flags.truncated", "Truncated", 16).Masked(0x200).Saying("Message is not truncated", "Message is truncated");
    private static readonly Field RecursionDesired = Group.Boolean("flags.recdesired", "Recursion desired", 16).Masked(0x100).Saying("Don't do query recursively", "Do query recursively");
    private static readonly Field RecursionAvailable = Group.Boolean("flags.recavail", "Recursion available", 16).Masked(0x80).Saying("Server can't do recursive queries", "Server can do recursive queries");
    private static readonly Field Reserved = Group.Boolean("flags.z", "Z", 16).Masked(0x40).Saying("reserved (0)", "reserved - incorrect!");
    private static readonly Field Authenticated = Group.Boolean("flags.authenticated", "Answer authenticated", 16).Masked(0x20).Saying("Answer/authority portion was not authenticated by the server", "Answer/authority portion was authenticated by the server");
    private static readonly Field CheckingDisabled = Group.Boolean("flags.checkdisable", "Non-authenticated data", 16).Masked(0x10).Saying("Unacceptable", "Acceptable");
    private static readonly Field Rcode = Group.Unsigned("flags.rcode", "Reply code", 16, ValueNames.DnsRcode).Masked(0x000f);
    private static readonly Field Conflict = Group.Boolean("flags.conflict", "Conflict", 16).Masked(0x400).Saying("None", "The sender received multiple responses");
    private static readonly Field Tentative = Group.Boolean("flags.tentative", "Tentative", 16).Masked(0x100).Saying("Not tentative", "Tentative");
    private static readonly Field Queries = Group.Unsigned("count.queries", "Questions", 16);
    private static readonly Field Answers = Group.Unsigned("count.answers", "Answer RRs", 16);
    private static readonly Field Authorities = Group.Unsigned("count.auth_rr", "Authority RRs", 16);
    private static readonly Field Zones = Group.Unsigned("count.zones", "Zones", 16);
    private static readonly Field Prerequisites = Group.Unsigned("count.prerequisites", "Prerequisites", 16);
    private static readonly Field Updates = Group.Unsigned("count.updates", "Updates", 16);
    private static readonly Field Additionals = Group.Unsigned("count.add_rr", "Additional RRs", 16);
    private static readonly Field QueryName = Group.Utf8("qry.name", "Name");
    private static readonly Field QueryNameLength = Group.Unsigned("qry.name.len", "Name Length", 16).Generated();
    private static readonly Field QueryLabels = Group.Unsigned("count.labels", "Label Count", 16).Generated();
    private static readonly Field QueryType = Group.Unsigned("qry.type", "Type", 16, ValueNames.DnsType);
    private static readonly Field QueryClass = Group.Hexadecimal("qry.class", "Class", 16, ValueNames.DnsClass);
    private static readonly Field WantsUnicast = Group.Boolean("qry.qu", "\"QU\" question", 16).Masked(TopBit);
    private static readonly Field RecordName = Group.Utf8("resp.name", "Name");
    internal static readonly Field RecordType = Group.Unsigned("resp.type", "Type", 16, ValueNames.DnsType);
    private static readonly Field RecordClass = Group.Hexadecimal("resp.class", "Class", 16, ValueNames.DnsClass);
    private static readonly Field CacheFlush = Group.Boolean("resp.cache_flush", "Cache flush", 16).Masked(TopBit);
    private static readonly Field RecordTtl = Group.Unsigned("resp.ttl", "Time to live", 32);
    private static readonly Field RecordLength = Group.Unsigned("resp.len", "Data length", 16);
    private static readonly Field AddressA = Group.Ipv4Address("a", "Address");
    private static readonly Field AddressAaaa = Group.Ipv6Address("aaaa", "AAAA Address");
    private static readonly Field Cname = Group.Utf8("cname", "CNAME");
    private static readonly Field NameServer = Group.Utf8("ns", "Name Server");
    private static readonly Field Pointer = Group.Utf8("ptr.domain_name", "Domain Name");
    private static readonly Field MailPreference = Group.Unsigned("mx.preference", "Preference", 16);
    private static readonly Field MailExchange = Group.Utf8("mx.mail_exchange", "Mail Exchange");
    internal static readonly Field Text = Group.Text("txt", "TXT");
    internal static readonly Field TextLength = Group.Unsigned("txt.length", "TXT Length", 8);
    private static readonly Field PrimaryServer = Group.Utf8("soa.mname", "Primary name server");
    private static readonly Field Mailbox = Group.Utf8("soa.rname", "Responsible authority's mailbox");
    private static readonly Field[] SoaNumbers =
    [
        Group.Unsigned("soa.serial_number", "Serial Number", 32), Group.Unsigned("soa.refresh_interval", "Refresh Interval", 32),
        Group.Unsigned("soa.retry_interval", "Retry Interval", 32), Group.Unsigned("soa.expire_limit", "Expire limit", 32),
        Group.Unsigned("soa.minimum_ttl", "Minimum TTL", 32),
    ];

    private static readonly Field ServiceName = Group.Utf8("srv.service", "Service");
    private static readonly Field ServiceProtocol = Group.Utf8("srv.proto", "Protocol");
    private static readonly Field ServiceDomain = Group.Utf8("srv.name", "Name");
    private static readonly Field ServicePriority = Group.Unsigned("srv.priority", "Priority", 16);
    private static readonly Field ServiceWeight = Group.Unsigned("srv.weight", "Weight", 16);
    private static readonly Field ServicePort = Group.Unsigned("srv.port", "Port", 16);
    private static readonly Field ServiceTarget = Group.Utf8("srv.target", "Target");
    private static readonly Field ResponseTo = Group.FrameNumber("response_to", "Request In").Generated();
    internal static readonly Field ResponseIn = Group.FrameNumber("response_in", "Response In").Generated();
    private static readonly Field Time = Group.Duration("time", "Time").Generated();
    private static readonly Field Retransmission = Group.Boolean("retransmission", "Retransmission").Generated();
    private static readonly Field Unsolicited = Group.Boolean("unsolicited", "Unsolicited").Generated();
    private static readonly Field RetransmittedRequest = Group.Finding("retransmit_request", "DNS query retransmission", Severity.Warning, ExpertGroup.Protocol);
    private static readonly Field RetransmittedResponse = Group.Finding("retransmit_response", "DNS response retransmission", Severity.Warning, ExpertGroup.Protocol);
    private static readonly Field RetransmittedRequestIn = Group.FrameNumber("retransmit_request_in", "Retransmitted request. Original request in").Generated();
    private static readonly Field RetransmittedResponseIn = Group.FrameNumber("retransmit_response_in", "Retransmitted response. Original response in").Generated();
    private static readonly Field ExtendedRcode = Group.Hexadecimal("resp.ext_rcode", "Higher bits in extended RCODE", 8);
    private static readonly Field EdnsVersion = Group.Unsigned("resp.edns0_version", "EDNS0 version", 8);
    private static readonly Field EdnsFlags = Group.Hexadecimal("resp.z", "Z", 16);
    private static readonly Field DnssecOk = Group.Boolean("resp.z.do", "DO bit", 16).Masked(0x8000).Saying("Cannot handle DNSSEC security RRs", "Accepts DNSSEC security RRs");
    private static readonly Field EdnsReserved = Group.Hexadecimal("resp.z.reserved", "Reserved", 16).Masked(0x7fff);
    private static readonly Field PayloadSize = Group.Unsigned("rr.udp_payload_size", "UDP payload size", 16);

    private const ushort Opt = 41;
    private const ushort TopBit = 0x8000; // RFC 6762: a unicast response is wanted; older records are to be forgotten
    private const int HeaderLength = 12;
    private const int Prefix = 2; // of a message on a stream: its length
    private const int Identified = 4; // its number and flags
    private const int MostRecords = 1024;
    private const int RecordHead = 10; // type, class, time to live, length

    /// <summary>Reads messages on a stream: each behind its length.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="end">Where they end.</param>
    /// <param name="canAsk">Whether more may come.</param>
    internal static Lack ReadStream(ref Dissection dissection, int offset, int end, bool canAsk)
    {
        PduSizes.Add(ref dissection, offset, end, canAsk, Prefix, SizeOf);
        while (offset < end)
        {
            if (end - offset < Prefix)
                return canAsk ? new Lack(offset, Lack.AnotherSegment) : Lack.None;
            int size = dissection.U16(offset) + Prefix;
            if (canAsk && size > end - offset)
                return new Lack(offset, size - (end - offset));
            int bound = dissection.Confine(offset + size);
            Read(ref dissection, Group.Protocol, offset + Prefix, Math.Min(size, end - offset) - Prefix, Prefix);
            dissection.Release(bound);
            dissection.TakeNote();
            offset += size;
        }

        return Lack.None;
    }

    private static int SizeOf(ref Dissection dissection, int offset, int end) => dissection.U16(offset) + Prefix;

    /// <summary>Reads a message.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="protocol">What it is called.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How much there is.</param>
    /// <param name="prefix">Octets of its length, which stand before it on a stream.</param>
    internal static void Read(ref Dissection dissection, Field protocol, int offset, int length, int prefix = 0)
    {
        dissection.Begin(protocol);
        dissection.Summary?.Begin(NameOf(protocol));
        if (!dissection.Need(offset, Identified))
            return;
        dissection.Fields.Add(protocol, 0, offset, dissection.Captured(offset, length));
        if (dissection.Has(offset, Identified))
            dissection.Fields.SayMore($" ({((dissection.U8(offset + 2) & 0x80) != 0 ? "response" : "query")})");
        byte depth = dissection.Fields.Depth;
        dissection.Fields.Depth = 1;
        if (prefix > 0)
            dissection.Number(Length, offset - prefix, prefix);
        dissection.Number(Id, offset, 2);
        if (dissection.Need(offset, Identified))
            ReadMessage(ref dissection, protocol, offset, length);
        dissection.Fields.Depth = depth;
    }

    // What a list of packets calls it.
    private static ReadOnlySpan<byte> NameOf(Field protocol) => protocol == Multicast.Protocol ? "MDNS"u8 : protocol == LinkLocal.Protocol ? "LLMNR"u8 : "DNS"u8;

    private static void ReadMessage(ref Dissection dissection, Field protocol, int offset, int length)
    {
        int id = dissection.Fields.Last;
        bool isMulticast = protocol == Multicast.Protocol;
        if (dissection.Summary is { } summary)
            DnsSummary.Write(summary, NameOf(protocol), dissection.U16(offset), dissection.U16(offset + 2));
        ReadFlags(ref dissection, offset + 2, isLinkLocal: protocol == LinkLocal.Protocol);
        bool isUpdate = (dissection.U8(offset + 2) & 0x78) == 0x28; // RFC 2136
        dissection.Number(isUpdate ? Zones : Queries, offset + 4, 2);
        dissection.Number(isUpdate ? Prerequisites : Answers, offset + 6, 2);
        dissection.Number(isUpdate ? Updates : Authorities, offset + 8, 2);
        dissection.Number(Additionals, offset + 10, 2);
        if (dissection.IsShort)
            return;

        int end = offset + dissection.Captured(offset, length);
        var message = new DnsExtent(offset, end);
        int at = offset + HeaderLength;
        int left = MostRecords;
        int questions = dissection.U16(offset + 4);
        if (questions > 0 && !dissection.Need(at, 1))
            return;
        if (questions > 0)
            dissection.Label(isUpdate ? "Zone" : "Queries");
        for (int count = questions; count > 0 && left-- > 0; count--)
        {
            int name = at;
            int behind = at;
            if (!message.TrySkipName(ref dissection, ref behind) || !message.Has(ref dissection, behind, 4))
                return;
            dissection.Fields.Depth = 2;
            DnsLabels.AddQuestion(ref dissection, offset, end, at, isMulticast);
            dissection.Fields.Depth = 3;
            if (!TryName(ref dissection, offset, end, ref at, QueryName, countsLabels: true) || !dissection.Need(at, 4))
            {
                dissection.Malform();
                return;
            }

            dissection.Number(QueryType, at, 2);
            AddClass(ref dissection, QueryClass, WantsUnicast, at + 2, isMulticast);
            if (dissection.Summary is { } line)
                DnsSummary.WriteQuestion(line, dissection.U16(at), dissection.U16(at + 2), dissection.Octets[offset..end], name - offset, isMulticast);
            at += 4;
        }

        int answers = dissection.U16(offset + 6);
        int authorities = dissection.U16(offset + 8);
        int additionals = dissection.U16(offset + 10);
        int records = answers + authorities + additionals;
        for (int place = 0; place < records && left-- > 0; place++)
        {
            dissection.Fields.Depth = 1;
            if (!dissection.Need(at, 1))
                return;
            if (place == 0 && answers > 0)
                dissection.Label(isUpdate ? "Prerequisites" : "Answers");
            if (place == answers && authorities > 0)
                dissection.Label(isUpdate ? "Updates" : "Authoritative nameservers");
            if (place == answers + authorities)
                dissection.Label("Additional records");
            dissection.Fields.Depth = 2;
            if (!HasRecord(ref dissection, message, at, isMulticast))
                return;
            int before = dissection.Fields.Last;
            DnsLabels.AddRecord(ref dissection, offset, end, at, isMulticast);
            int record = dissection.Fields.Last > before ? dissection.Fields.Last : -1;
            int owner = at - offset;
            dissection.Fields.Depth = 3;
            if (!TryRecordName(ref dissection, offset, end, ref at) || !dissection.Need(at, 10))
            {
                dissection.Malform();
                return;
            }

            if (!ReadRecord(ref dissection, message, ref at, owner, record, isMulticast))
                return;
        }

        if (questions + records == 0 && (dissection.U8(offset + 2) & 0x78) == 0x30 && !DnsStatefulDissector.Read(ref dissection, message, ref at))
            return;
        dissection.Fields.Depth = 1;
        if (!dissection.IsQuoted)
            AddPair(ref dissection, id, offset);
        if (at < end && left > 0)
            AddExtraneous(ref dissection, at, end - at);
    }

    // Whether all of a record is there; of one that is not, Wireshark still says the type.
    private static bool HasRecord(ref Dissection dissection, DnsExtent message, int at, bool isMulticast)
    {
        if (!message.TrySkipName(ref dissection, ref at) || !message.Has(ref dissection, at, RecordHead))
            return false;
        int size = dissection.U16(at + RecordHead - 2);
        if (size > message.End - at - RecordHead && dissection.Summary is { } summary)
            DnsSummary.WriteType(summary, dissection.U16(at), dissection.U16(at + 2), isMulticast);
        return message.Has(ref dissection, at + RecordHead, size);
    }

    // What lies behind the message.
    private static void AddExtraneous(ref Dissection dissection, int at, int length)
    {
        int before = dissection.Fields.Last;
        if (dissection.Fields.IsWanted(FrameFields.Text))
            dissection.Label($"Extraneous Data ({length} bytes)");
        int label = dissection.Fields.Last > before ? dissection.Fields.Last : -1;
        dissection.Fields.Depth = 2;
        dissection.Part(DnsRecordFields.ExtraneousData, at, length);
        dissection.Fields.Add(DnsRecordFields.ExtraneousLength, (ulong)length, at, 0);
        int remark = dissection.Fields.Last + 1;
        dissection.Fields.RemarkOf(label, DnsRecordFields.Extraneous, at, $"{DnsRecordFields.Extraneous.Label}");
        dissection.Fields.HideFrom(remark);
        dissection.Fields.Depth = 1;
    }

    private static void AddPair(ref Dissection dissection, int id, int offset)
    {
        PacketFields fields = dissection.Fields;
        TransactionTable queries = dissection.Memory.Queries;
        var key = TransactionKey.Of(dissection.Source, dissection.Destination, dissection.U16(offset));
        if ((dissection.U8(offset + 2) & 0x80) == 0)
        {
            if (queries.Ask(key, dissection.FrameNumber, dissection.Nanoseconds) is not 0 and var first)
                AddRepeat(fields, id, RetransmittedRequest, RetransmittedRequestIn, first, offset);
            if (dissection.Memory.Hindsight?.Find(Later.Answer, dissection.FrameNumber, (uint)key.Identifier) is { } answer)
                fields.Add(ResponseIn, (ulong)answer, offset, 0);
            return;
        }

        if (queries.Find(key) is not { } query)
        {
            fields.Add(Unsolicited, 1, 0, 0);
            return;
        }

        if (query.ResponseFrame != 0)
        {
            AddRepeat(fields, id, RetransmittedResponse, RetransmittedResponseIn, query.ResponseFrame, offset);
            return;
        }

        query.ResponseFrame = dissection.FrameNumber;
        dissection.Memory.Hindsight?.Learn(Later.Answer, query.RequestFrame, (uint)key.Identifier, dissection.FrameNumber);
        fields.Add(ResponseTo, query.RequestFrame, offset, 0);
        fields.Add(Time, (ulong)(dissection.Nanoseconds - query.RequestTime), offset, 0);
    }

    private static void AddRepeat(PacketFields fields, int id, Field finding, Field first, uint frame, int offset)
    {
        fields.Add(first, frame, offset, 0);
        fields.Add(Retransmission, 1, offset, 0);
        int remark = fields.Last + 1;
        fields.RemarkOf(id, finding, offset, $"{finding.Label}. Original {(finding == RetransmittedRequest ? "request" : "response")} in frame {frame}");
        fields.Move(remark, id + 1);
    }

    private static void ReadFlags(ref Dissection dissection, int offset, bool isLinkLocal)
    {
        ushort flags = (ushort)dissection.Number(Flags, offset, 2);
        dissection.Fields.SayMore($" {ValueNames.DnsOpcode.GetValueOrDefault((ulong)(flags >> 11) & 0xf) ?? "Unknown operation"}");
        bool isResponse = (flags & 0x8000) != 0;
        if (isResponse)
            dissection.Fields.SayMore($" response, {ValueNames.DnsRcode.GetValueOrDefault((ulong)flags & 0xf) ?? "Unknown error"}");
        dissection.Fields.Depth++;
        dissection.Bits(Response, offset, 2);
        dissection.Bits(Opcode, offset, 2);
        if (isLinkLocal)
        {
            dissection.Bits(Conflict, offset, 2);
            if (isResponse)
                dissection.Fields.Say($".... .{(flags >> 10) & 1}.. .... .... = {Conflict.Label}: The name is {((flags & 0x400) != 0 ? "not " : "")}considered unique");
        }
        else if (isResponse)
        {
            dissection.Bits(Authoritative, offset, 2);
        }

        dissection.Bits(Truncated, offset, 2);
        dissection.Bits(isLinkLocal ? Tentative : RecursionDesired, offset, 2);
        if (!isLinkLocal)
        {
            if (isResponse)
                dissection.Bits(RecursionAvailable, offset, 2);
            dissection.Bits(Reserved, offset, 2);
            bool isAuthentic = (dissection.U16(offset) & Authenticated.Mask) != 0;
            if (isResponse || isAuthentic)
                dissection.Bits(Authenticated, offset, 2);
            if (!isResponse && isAuthentic) // RFC 6840, section 5.7
                dissection.Fields.Say($".... .... ..1. .... = AD bit: Set");
            dissection.Bits(CheckingDisabled, offset, 2);
        }

        if (isResponse)
            dissection.Bits(Rcode, offset, 2);
        dissection.Fields.Depth--;
    }

    private static string BitsBelowTop(int number) => $".{(number >> 12) & 7:b3} {(number >> 8) & 0xf:b4} {(number >> 4) & 0xf:b4} {number & 0xf:b4}";

    // A class; of multicast, its first bit says something else.
    private static void AddClass(ref Dissection dissection, Field field, Field flag, int at, bool isMulticast)
    {
        if (!isMulticast)
        {
            dissection.Number(field, at, 2);
            return;
        }

        int number = dissection.U16(at) & ~TopBit;
        dissection.Fields.Add(field, (ulong)number, at, 2);
        dissection.Fields.Say($"{BitsBelowTop(number)} = {field.Label}: {ValueNames.DnsClass.GetValueOrDefault((ulong)number) ?? "Unknown"} (0x{number:x4})");
        dissection.Bits(flag, at, 2);
    }

    private static bool ReadRecord(ref Dissection dissection, DnsExtent message, ref int at, int owner, int record, bool isMulticast)
    {
        ushort type = dissection.U16(at);
        dissection.Number(RecordType, at, 2);
        if (type == Opt)
        {
            if (isMulticast)
            {
                int most = dissection.U16(at + 2) & ~TopBit;
                dissection.Fields.Add(PayloadSize, (ulong)most, at + 2, 2);
                dissection.Fields.Say($"{BitsBelowTop(most)} = {PayloadSize.Label}: 0x{most:x4}");
                dissection.Bits(CacheFlush, at + 2, 2);
            }
            else
            {
                dissection.Number(PayloadSize, at + 2, 2);
            }

            dissection.Number(ExtendedRcode, at + 4, 1);
            dissection.Number(EdnsVersion, at + 5, 1);
            dissection.Number(EdnsFlags, at + 6, 2);
            dissection.Fields.Depth++;
            dissection.Bits(DnssecOk, at + 6, 2);
            dissection.Bits(EdnsReserved, at + 6, 2);
            dissection.Fields.Depth--;
        }
        else
        {
            AddClass(ref dissection, RecordClass, CacheFlush, at + 2, isMulticast);
            AddSeconds(ref dissection, RecordTtl, at + 4);
            if ((dissection.U8(at + 4) & 0x80) != 0)
                dissection.Remark(DnsRecordFields.HighTimeToLive, at + 4);
        }

        int size = dissection.U16(at + 8);
        dissection.Number(RecordLength, at + 8, 2);
        at += 10;
        int data = at;
        at = Math.Min(message.End, at + size);
        if (size <= message.End - data && dissection.Summary is { } summary) // what lies behind the end of the message is none of it
            DnsSummary.WriteRecord(summary, type, dissection.U16(data - 8), dissection.Octets[message.Start..message.End], owner, data - message.Start, size, isMulticast);
        if (size == 0)
            return true;
        return type switch
        {
            1 => message.ReadNumber(ref dissection, AddressA, ref data, 4),
            2 => message.ReadName(ref dissection, NameServer, ref data),
            5 => message.ReadName(ref dissection, Cname, ref data),
            6 => ReadAuthority(ref dissection, message, data),
            12 => message.ReadName(ref dissection, Pointer, ref data),
            15 => ReadExchange(ref dissection, message, data),
            28 => message.ReadOctets(ref dissection, AddressAaaa, ref data, 16),
            33 => ReadService(ref dissection, message, data),
            Opt => DnsOptionDissector.Read(ref dissection, message, data, data + size),
            _ => DnsRecordDissector.Read(ref dissection, message, type, data, size, record),
        };
    }

    private static bool ReadAuthority(ref Dissection dissection, DnsExtent message, int at)
    {
        if (!message.ReadName(ref dissection, PrimaryServer, ref at) || !message.ReadName(ref dissection, Mailbox, ref at))
            return false;
        foreach (Field number in SoaNumbers)
        {
            if (!message.Has(ref dissection, at, 4))
                return false;
            if (number == SoaNumbers[0])
                dissection.Number(number, at, 4);
            else
                AddSeconds(ref dissection, number, at);
            at += 4;
        }

        return true;
    }

    private static bool ReadExchange(ref Dissection dissection, DnsExtent message, int at)
    {
        int name = at + 2;
        return message.Has(ref dissection, at, 2) && message.TrySkipName(ref dissection, ref name)
            && message.ReadNumber(ref dissection, MailPreference, ref at, 2) && message.ReadName(ref dissection, MailExchange, ref at);
    }

    private static bool ReadService(ref Dissection dissection, DnsExtent message, int at) =>
        message.ReadNumber(ref dissection, ServicePriority, ref at, 2) && message.ReadNumber(ref dissection, ServiceWeight, ref at, 2)
            && message.ReadNumber(ref dissection, ServicePort, ref at, 2) && message.ReadName(ref dissection, ServiceTarget, ref at);

    /// <summary>Adds seconds, in words too.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="field">Their field.</param>
    /// <param name="offset">Where they are: four octets.</param>
    internal static void AddSeconds(ref Dissection dissection, Field field, int offset)
    {
        uint seconds = (uint)dissection.Number(field, offset, 4);
        dissection.SaySeconds(seconds);
    }

    // What offers a service is named by it: RFC 2782.
    private static bool TryRecordName(ref Dissection dissection, int message, int end, ref int at)
    {
        const ushort Service = 33;
        int offset = at - message;
        if (DnsName.Read(dissection.Octets[message..end], ref offset, out DnsName name) is not OperationStatus.Done)
            return false;
        at = message + offset;
        Span<byte> room = stackalloc byte[DnsName.MaxLength];
        ReadOnlySpan<byte> text = TextOf(name, room);
        if (at + 2 > end || dissection.U16(at) != Service)
        {
            dissection.Fields.AddMade(RecordName, text);
            return true;
        }

        foreach (Field part in (ReadOnlySpan<Field>)[ServiceName, ServiceProtocol, ServiceDomain])
        {
            int dot = part == ServiceDomain ? -1 : text.IndexOf((byte)'.');
            dissection.Fields.AddMade(part, dot < 0 ? text : text[..dot]);
            if (dot < 0)
                break;
            text = text[(dot + 1)..];
        }

        return true;
    }

    private static bool TryName(ref Dissection dissection, int message, int end, ref int at, Field field, bool countsLabels)
    {
        int offset = at - message;
        if (DnsName.Read(dissection.Octets[message..end], ref offset, out DnsName name) is not OperationStatus.Done)
            return false;
        at = message + offset;

        Span<byte> text = stackalloc byte[DnsName.MaxLength];
        AddName(ref dissection, field, TextOf(name, text), name.Labels, countsLabels);
        return true;
    }

    /// <summary>A name as text; the root is <c>&lt;Root&gt;</c>.</summary>
    /// <param name="name">The name.</param>
    /// <param name="room">Where it may stand: <see cref="DnsName.MaxLength"/> octets.</param>
    internal static ReadOnlySpan<byte> TextOf(scoped in DnsName name, Span<byte> room)
    {
        if (name.IsRoot)
            return "<Root>"u8;

        // With a dot for the length before each label but the first, the name is text.
        _ = name.CopyTo(room, out int written);
        for (int place = 0; room[place] != 0;)
        {
            int label = room[place];
            room[place] = (byte)'.';
            place += label + 1;
        }

        return room[1..(written - 1)];
    }

    private static void AddName(ref Dissection dissection, Field field, scoped ReadOnlySpan<byte> name, int labels, bool countsLabels)
    {
        dissection.Fields.AddMade(field, name);
        if (!countsLabels)
            return;
        dissection.Fields.Add(QueryNameLength, (ulong)name.Length, 0, 0);
        dissection.Fields.Add(QueryLabels, (ulong)Math.Max(1, labels), 0, 0); // the root counts as one
    }
}
