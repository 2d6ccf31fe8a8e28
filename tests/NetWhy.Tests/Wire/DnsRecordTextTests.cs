using System.Buffers;
using System.Globalization;
using System.Text;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Wire;

/// <summary>Records as text, compared octet for octet with what dig printed for the same zone (<c>DnsRecords/make</c>).</summary>
public sealed class DnsRecordTextTests
{
    private static readonly DnsTextStyle Line = new() { Now = 1_795_000_000 };

    private static readonly DnsTextStyle Lines = Line with { Multiline = true };

    private static readonly Dictionary<string, DnsTextStyle> Styles = new()
    {
        ["plain"] = Line,
        ["split32"] = Line with { SplitWidth = 32 },
        ["nosplit"] = Line with { SplitWidth = 0 },
        ["nocrypto"] = Line with { OmitCrypto = true },
        ["rrcomments"] = Line with { Comments = true },
        ["unknown"] = Line with { UnknownFormat = true },
        ["ttlunits"] = Line with { TimeUnits = true },
        ["nottl"] = Line with { OmitTimeToLive = true },
        ["noclass"] = Line with { OmitClass = true },
        ["nottlnoclass"] = Line with { OmitTimeToLive = true, OmitClass = true },
        ["expand"] = Line with { ExpandAddresses = true },
        ["idn"] = Line with { International = true },
        ["multiline"] = Lines,
        ["multisplit"] = Lines with { SplitWidth = 24 },
        ["multinosplit"] = Lines with { SplitWidth = 0 },
        ["multinocrypto"] = Lines with { OmitCrypto = true },
        ["multinorrcomments"] = Lines with { Comments = false },
        ["multiunknown"] = Lines with { UnknownFormat = true },
        ["multittlunits"] = Lines with { TimeUnits = true },
        ["multinottl"] = Lines with { OmitTimeToLive = true },
        ["multinoclass"] = Lines with { OmitClass = true },
        ["multinottlnoclass"] = Lines with { OmitTimeToLive = true, OmitClass = true },
    };

    public static TheoryData<string> Names => [.. Styles.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Prints_odd_records_as_dig_does(string name)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Wire", "DnsRecords");

        SortedSet<string> expected = DnsSharedData.Records(Path.Combine(folder, $"{name}.txt"));

        Assert.True(expected.Count > 120, $"{expected.Count} records");
        Assert.Equal(expected, DnsSharedData.Write(Path.Combine(folder, "odd.zone"), "example", Styles[name]));
    }

    [Theory]
    [InlineData("allrr.dig-axfr.txt", "plain")]
    [InlineData("allrr.dig-axfr-multiline.txt", "multiline")]
    [InlineData("allrr.dig-axfr-unknownformat.txt", "unknown")]
    public void Prints_a_record_of_every_type_as_dig_does(string file, string style)
    {
        SortedSet<string> expected = DnsSharedData.Records(DnsSharedData.At($"bind/{file}"));

        Assert.True(expected.Count > 180, $"{expected.Count} records");
        Assert.Equal(expected, DnsSharedData.Write(DnsSharedData.At("bind/allrr.zone"), "example", Styles[style]));
    }

    [Theory]
    [InlineData("01020304", DnsRecordType.A, "1.2.3.4")]
    [InlineData("010203", DnsRecordType.A, "\\# 3 010203")]
    [InlineData("0102030405", DnsRecordType.A, "\\# 5 0102030405")]
    [InlineData("", DnsRecordType.TXT, "\\# 0")]
    [InlineData("0541", DnsRecordType.TXT, "\\# 2 0541")]
    [InlineData("000a05", DnsRecordType.MX, "\\# 3 000A05")]
    [InlineData("0001ff", DnsRecordType.APL, "\\# 3 0001FF")]
    [InlineData("00000000010102", DnsRecordType.CSYNC, "\\# 7 00000000010102")]
    [InlineData("0005697373753b41", DnsRecordType.CAA, "\\# 8 0005697373753B41")]
    [InlineData("00010000030003003501", DnsRecordType.SVCB, "\\# 10 00010000030003003501")]
    [InlineData("000100000300020035", DnsRecordType.SVCB, "1 . port=53")]
    [InlineData("000100000500000003000200ff", DnsRecordType.SVCB, "\\# 13 000100000500000003000200FF")]
    [InlineData("1b5b324a", DnsRecordType.NULL, "\\# 4 1B5B324A")]
    [InlineData("041b5b324a", DnsRecordType.TXT, "\"\\027[2J\"")]
    public void Data_that_its_type_forbids_is_written_as_octets(string hex, DnsRecordType type, string expected)
    {
        Assert.Equal(OperationStatus.Done, DnsRecord.FromParts([0], type, DnsClass.Internet, 0, Convert.FromHexString(hex), out DnsRecord record));
        var output = new ArrayBufferWriter<byte>();

        DnsRecordText.WriteData(record, DnsTextStyle.Default, output);

        Assert.Equal(expected, Encoding.ASCII.GetString(output.WrittenSpan));
        Assert.Equal(!expected.StartsWith("\\#", StringComparison.Ordinal) || type is DnsRecordType.NULL, record.IsDataSound);
    }

    [Fact]
    public void Writing_a_record_allocates_nothing()
    {
        byte[] owner = new byte[DnsName.MaxLength];
        Assert.Equal(OperationStatus.Done, DnsName.Encode("www.example.com", owner, out _));
        Assert.Equal(OperationStatus.Done, DnsRecord.FromParts(owner, DnsRecordType.A, DnsClass.Internet, 60, [192, 0, 2, 1], out DnsRecord record));
        var output = new ArrayBufferWriter<byte>(1024);
        DnsRecordText.WriteRecord(record, DnsTextStyle.Default, output);

        long least = long.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            output.ResetWrittenCount();
            long before = GC.GetAllocatedBytesForCurrentThread();
            DnsRecordText.WriteRecord(record, DnsTextStyle.Default, output);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Theory]
    [InlineData("TYPE1", "A")]
    [InlineData("type65535", "TYPE65535")]
    [InlineData("nsap-ptr", "NSAP-PTR")]
    [InlineData("nsec3param", "NSEC3PARAM")]
    public void Types_have_names_both_ways(string text, string expected)
    {
        Assert.True(DnsMnemonics.TryParseType(text, out DnsRecordType type));
        Assert.Equal(expected, type.Mnemonic);
    }

    [Fact]
    public void Every_type_is_read_by_the_name_that_it_has()
    {
        for (int number = 1; number <= ushort.MaxValue; number++)
        {
            string name = ((DnsRecordType)number).Mnemonic;
            Assert.True(DnsMnemonics.TryParseType(name, out DnsRecordType type), name);
            Assert.Equal(number.ToString(CultureInfo.InvariantCulture), ((int)type).ToString(CultureInfo.InvariantCulture));
        }
    }

    [Theory]
    [InlineData("xn--bcher-kva.example.", "bücher.example.")]
    [InlineData("xn--zz.example.", "xn--zz.example.")]
    [InlineData("plain.example.", "plain.example.")]
    public void Names_are_shown_with_their_letters(string ascii, string expected) => Assert.Equal(expected, InternationalName.ToUnicode(ascii));
}
