using System.Buffers;
using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Wire;

public sealed class DnsMessageTests
{
    // Answers of unbound 1.17 to queries with id 0x1234.
    private const string Address =
        "12348580000100010000000103776562036c616204746573740000010001c00c000100010000012c00040a00020a"
        + "00002904d0000000000000";

    private const string AddressV6 =
        "12348580000100010000000103776562036c6162047465737400001c0001c00c001c00010000012c0010"
        + "20010db800000000000000000000001000002904d0000000000000";

    private const string Alias =
        "12348580000100010000000103777777036c616204746573740000050001c00c000500010000012c000603776562c010"
        + "00002904d0000000000000";

    private const string Start =
        "123485800001000100000001036c616204746573740000060001c00c00060001000002580020026e73c00c04726f6f74c00c"
        + "0000000700000e1000000258000151800000003c00002904d0000000000000";

    private const string Mail =
        "123485800001000100000001036c6162047465737400000f0001c00c000f0001000002580008000a03776562c00c"
        + "00002904d0000000000000";

    private const string Text =
        "123485800001000100000001036c616204746573740000100001c00c0010000100000258000c0568656c6c6f05776f726c64"
        + "00002904d0000000000000";

    private const string Service =
        "123485800001000100000001025f73045f746370036c616204746573740000210001c00c00210001000002580014"
        + "0001000201bb03776562036c61620474657374"
        + "0000002904d0000000000000";

    private const string NameNotFound =
        "123485830001000000010001046e6f7065036c616204746573740000010001c011000600010000003c0020026e73c01104726f6f74"
        + "c0110000000700000e1000000258000151800000003c00002904d0000000000000";

    private const string Refused =
        "12348585000100000000000101780464656e790474657374000001000100002904d0000000000000";

    // The answer above with the option of RFC 8914, section 4.19 (18, "Prohibited") and text added.
    private const string RefusedWithReason =
        "12348585000100000000000101780464656e790474657374000001000100002904d0000000000009000f000500126e6f21";

    public static TheoryData<string> Goldens =>
        [Address, AddressV6, Alias, Start, Mail, Text, Service, NameNotFound, Refused, RefusedWithReason];

    [Fact]
    public void Reads_the_header_and_the_question()
    {
        DnsMessage message = Parse(Address);

        Assert.Equal(0x1234, (ushort)message.Header.Id);
        Assert.Equal(
            DnsFlags.Response | DnsFlags.AuthoritativeAnswer | DnsFlags.RecursionDesired | DnsFlags.RecursionAvailable,
            message.Header.Flags);
        Assert.Equal(DnsResponseCode.NoError, message.Header.ResponseCode);
        Assert.Equal(OperationStatus.Done, message.ReadQuestion(out DnsQuestion question));
        Assert.Equal("web.lab.test.", question.Name.ToString());
        Assert.Equal(DnsRecordType.A, question.Type);
        Assert.Equal(DnsClass.Internet, question.Class);
    }

    [Theory]
    [InlineData(Address, "10.0.2.10")]
    [InlineData(AddressV6, "2001:db8::10")]
    public void Reads_an_address(string golden, string expected)
    {
        DnsRecord record = First(golden, out _);

        Assert.Equal(OperationStatus.Done, record.ReadAddress(out IPAddress address));
        Assert.Equal(IPAddress.Parse(expected), address);
        Assert.Equal(TimeSpan.FromSeconds(300), record.TimeToLive);
        Assert.Equal(OperationStatus.InvalidData, record.ReadName(out _));
    }

    [Fact]
    public void Follows_a_compressed_name_in_the_data()
    {
        DnsRecord record = First(Alias, out _);

        Assert.Equal("www.lab.test.", record.Owner.ToString());
        Assert.Equal(OperationStatus.Done, record.ReadName(out DnsName alias));
        Assert.Equal("web.lab.test.", alias.ToString());
    }

    [Fact]
    public void Reads_the_start_of_a_zone()
    {
        Assert.Equal(OperationStatus.Done, First(Start, out _).ReadStartOfAuthority(out DnsStartOfAuthority start));

        Assert.Equal("ns.lab.test.", start.Primary.ToString());
        Assert.Equal("root.lab.test.", start.Mailbox.ToString());
        Assert.Equal(7u, start.Serial);
        Assert.Equal(TimeSpan.FromSeconds(60), start.Minimum);
    }

    [Fact]
    public void Reads_the_zone_of_a_name_that_does_not_exist()
    {
        DnsMessage message = Parse(NameNotFound);
        DnsRecord record = First(NameNotFound, out DnsSection section);

        Assert.Equal(DnsResponseCode.NameNotFound, message.Header.ResponseCode);
        Assert.Equal(DnsSection.Authority, section);
        Assert.Equal(DnsRecordType.SOA, record.Type);
        Assert.Equal("lab.test.", record.Owner.ToString());
    }

    [Fact]
    public void Reads_mail_exchanges_services_and_strings()
    {
        Assert.Equal(OperationStatus.Done, First(Mail, out _).ReadMailExchange(out ushort preference, out DnsName host));
        Assert.Equal((10, "web.lab.test."), (preference, host.ToString()));

        Assert.Equal(OperationStatus.Done, First(Service, out _).ReadService(out DnsService service));
        Assert.Equal((1, 2, 443), (service.Priority, service.Weight, service.Port));
        Assert.Equal("web.lab.test.", service.Host.ToString());

        DnsRecord text = First(Text, out _);
        int offset = 0;
        Assert.Equal(OperationStatus.Done, text.ReadText(ref offset, out ReadOnlySpan<byte> first));
        Assert.Equal("hello", Encoding.ASCII.GetString(first));
        Assert.Equal(OperationStatus.Done, text.ReadText(ref offset, out ReadOnlySpan<byte> second));
        Assert.Equal("world", Encoding.ASCII.GetString(second));
        Assert.Equal(OperationStatus.NeedMoreData, text.ReadText(ref offset, out _));
    }

    [Fact]
    public void Reads_the_reason_that_a_server_gives()
    {
        DnsRecord record = First(RefusedWithReason, out DnsSection section);

        Assert.Equal(DnsSection.Additional, section);
        Assert.Equal(OperationStatus.Done, record.ReadEdns(out DnsEdns edns));
        Assert.Equal(1232, edns.PayloadSize);
        Assert.True(edns.TryFindExtendedError(out ushort code, out string text));
        Assert.Equal((18, "no!"), (code, text));
        Assert.False(First(Refused, out _).ReadEdns(out edns) is OperationStatus.Done
            && edns.TryFindExtendedError(out _, out _));
    }

    [Fact]
    public void Joins_the_two_halves_of_a_response_code()
    {
        // TTL of OPT: extended RCODE 1, version 0, DO.
        byte[] octets = Convert.FromHexString("123481800000000000000001" + "000029020001008000" + "0000");

        DnsRecordReader records = Parse(octets).ReadRecords();
        Assert.Equal(OperationStatus.Done, records.Read());
        Assert.Equal(OperationStatus.Done, records.Current.ReadEdns(out DnsEdns edns));
        Assert.Equal(DnsResponseCode.BadVersion, edns.Extend(DnsResponseCode.NoError));
        Assert.True(edns.DnssecOk);
    }

    [Theory]
    [MemberData(nameof(Goldens))]
    public void Any_prefix_ends_in_a_value(string golden)
    {
        byte[] octets = Convert.FromHexString(golden);
        for (int length = 0; length < octets.Length; length++)
            Assert.False(WalkEverything(octets.AsSpan(0, length)), $"claims to be whole at {length} octets");

        Assert.True(WalkEverything(octets));
    }

    [Theory]
    [MemberData(nameof(Goldens))]
    public void Any_changed_octet_ends_in_a_value(string golden)
    {
        byte[] octets = Convert.FromHexString(golden);
        for (int i = 0; i < octets.Length; i++)
        {
            byte original = octets[i];
            for (int value = 0; value <= byte.MaxValue; value++)
            {
                octets[i] = (byte)value;
                WalkEverything(octets);
            }

            octets[i] = original;
        }
    }

    [Fact]
    public void Any_octets_end_in_a_value() => Check.QuickThrowOnFailure(
        Prop.ForAll<byte[]>(octets =>
        {
            WalkEverything(octets);

            // Random octets seldom make a header that promises records, so help them.
            byte[] promising = [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 3, 0, 3, 0, 3, .. octets];
            WalkEverything(promising);
        }));

    [Fact]
    public void A_message_of_promises_does_not_cost_time()
    {
        byte[] octets = new byte[DnsHeader.Size];
        octets.AsSpan(4).Fill(0xff); // 65,535 of everything

        Assert.False(WalkEverything(octets));
    }

    [Fact]
    public void Reads_back_what_it_writes()
    {
        Span<byte> buffer = stackalloc byte[512];
        Assert.Equal(
            OperationStatus.Done,
            DnsMessageWriter.Create(
                buffer, 0x4711, DnsFlags.Response, DnsResponseCode.NameNotFound, out DnsMessageWriter writer));
        Assert.Equal(OperationStatus.Done, writer.WriteQuestion("www.example.com", DnsRecordType.AAAA));
        Assert.Equal(OperationStatus.Done, writer.WriteRecord(
            DnsSection.Answer, "www.example.com.", DnsRecordType.A, (ushort)DnsClass.Internet, 60, [192, 0, 2, 1]));
        Assert.Equal(OperationStatus.Done, writer.WriteEdns(1232, dnssecOk: true));
        Assert.Equal(OperationStatus.InvalidData, writer.WriteQuestion("late.example", DnsRecordType.A));
        Assert.Equal(OperationStatus.InvalidData, writer.WriteRecord(
            DnsSection.Answer, "late.example", DnsRecordType.A, 1, 60, [192, 0, 2, 1]));

        DnsMessage message = Parse(writer.Written.ToArray());
        Assert.Equal(0x4711, (ushort)message.Header.Id);
        Assert.Equal(DnsResponseCode.NameNotFound, message.Header.ResponseCode);
        Assert.Equal(OperationStatus.Done, message.ReadQuestion(out DnsQuestion question));
        Assert.Equal("www.example.com.", question.Name.ToString());
        Assert.Equal(DnsRecordType.AAAA, question.Type);
        DnsRecordReader records = message.ReadRecords();
        Assert.Equal(OperationStatus.Done, records.Read());
        Assert.Equal(OperationStatus.Done, records.Current.ReadAddress(out IPAddress address));
        Assert.Equal(IPAddress.Parse("192.0.2.1"), address);
        Assert.Equal(OperationStatus.Done, records.Read());
        Assert.Equal(DnsRecordType.OPT, records.Current.Type);
        Assert.Equal(OperationStatus.NeedMoreData, records.Read());
        Assert.True(records.IsComplete);
    }

    [Fact]
    public void Writes_the_query_that_dig_sends()
    {
        // dig +noedns +noadflag web.lab.test, id set to 0x1234.
        Span<byte> buffer = stackalloc byte[64];
        DnsMessageWriter.Create(
            buffer, 0x1234, DnsFlags.RecursionDesired, DnsResponseCode.NoError, out DnsMessageWriter writer);
        writer.WriteQuestion("web.lab.test", DnsRecordType.A);

        Assert.Equal(
            "12340100000100000000000003776562036c616204746573740000010001",
            Convert.ToHexStringLower(writer.Written));
    }

    [Fact]
    public void Refuses_to_write_beyond_the_buffer()
    {
        for (int size = 0; size < 40; size++)
        {
            byte[] buffer = new byte[size];
            if (DnsMessageWriter.Create(buffer, 1, DnsFlags.None, DnsResponseCode.NoError, out DnsMessageWriter writer)
                is not OperationStatus.Done)
            {
                Assert.True(size < DnsHeader.Size);
                continue;
            }

            OperationStatus question = writer.WriteQuestion("example.com", DnsRecordType.A);
            Assert.Equal(size >= 29 ? OperationStatus.Done : OperationStatus.DestinationTooSmall, question);
            int needed = writer.Written.Length + 11; // the size of an OPT record without options
            Assert.Equal(
                size >= needed ? OperationStatus.Done : OperationStatus.DestinationTooSmall, writer.WriteEdns(512));
            Assert.True(WalkEverything(writer.Written));
        }
    }

    [Fact]
    public void Walking_allocates_nothing()
    {
        byte[] octets = Convert.FromHexString(Start);
        Walk(octets);
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 100; i++)
            Walk(octets);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        static void Walk(byte[] octets)
        {
            DnsMessage.Read(octets, out DnsMessage message);
            DnsRecordReader records = message.ReadRecords();
            while (records.Read() is OperationStatus.Done)
                records.Current.ReadStartOfAuthority(out _);
        }
    }

    private static DnsMessage Parse(string golden) => Parse(Convert.FromHexString(golden));

    private static DnsMessage Parse(byte[] octets)
    {
        Assert.Equal(OperationStatus.Done, DnsMessage.Read(octets, out DnsMessage message));
        return message;
    }

    private static DnsRecord First(string golden, out DnsSection section)
    {
        DnsRecordReader records = Parse(golden).ReadRecords();
        Assert.Equal(OperationStatus.Done, records.Read());
        section = records.Section;
        return records.Current;
    }

    // Calls every member that could throw; true if the message is whole.
    private static bool WalkEverything(ReadOnlySpan<byte> octets)
    {
        if (DnsMessage.Read(octets, out DnsMessage message) is not OperationStatus.Done)
            return false;
        if (message.ReadQuestion(out DnsQuestion question) is OperationStatus.Done)
            _ = question.Name.ToString();

        byte[] name = new byte[DnsName.MaxLength];
        DnsRecordReader records = message.ReadRecords();
        while (records.Read() is OperationStatus.Done)
        {
            DnsRecord record = records.Current;
            _ = record.Owner.ToString();
            Assert.Equal(OperationStatus.Done, record.Owner.CopyTo(name, out int length));
            Assert.Equal(record.Owner.Length, length);
            Assert.True(record.Owner.Equals(record.Owner));
            record.ReadAddress(out _);
            if (record.ReadName(out DnsName alias) is OperationStatus.Done)
                _ = alias.ToString();
            if (record.ReadStartOfAuthority(out DnsStartOfAuthority start) is OperationStatus.Done)
                _ = (start.Serial, start.Refresh, start.Retry, start.Expire, start.Minimum, start.Mailbox.ToString());
            record.ReadMailExchange(out _, out _);
            record.ReadService(out _);
            int offset = 0;
            while (record.ReadText(ref offset, out _) is OperationStatus.Done)
            {
            }

            if (record.ReadEdns(out DnsEdns edns) is OperationStatus.Done)
                edns.TryFindExtendedError(out _, out _);
        }

        return records.IsComplete;
    }
}
