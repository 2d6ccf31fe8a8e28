using System.Buffers;
using System.Text;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Wire;

public sealed class DnsZoneFileTests
{
    [Fact]
    public void Reads_owners_classes_times_and_origins_in_any_order()
    {
        const string Zone = """
            $TTL 1h30m ; a comment
            $ORIGIN example.
            @ IN 60 SOA ns host ( 1 2h ; "(
              3 4
              5 )
              IN NS ns.other.
            ns CH 5 TXT "in chaos"
            a  7 A 192.0.2.1
               AAAA 2001:db8::1
            $ORIGIN sub
            b.x A 192.0.2.2
            """;

        Assert.Equal(
            """
            example. 60 IN SOA ns.example. host.example. 1 7200 3 4 5
            example. 5400 IN NS ns.other.
            ns.example. 5 CH TXT "in chaos"
            a.example. 7 IN A 192.0.2.1
            a.example. 5400 IN AAAA 2001:db8::1
            b.x.sub.example. 5400 IN A 192.0.2.2
            """,
            Read(Zone));
    }

    [Theory]
    [InlineData("a A 1.2.3", "1:5: expected an IPv4 address")]
    [InlineData("a A 1.2.3.4 5", "1:13: expected the end of the line")]
    [InlineData("a A", "1:4: expected an IPv4 address")]
    [InlineData(" A 1.2.3.4", "1:2: the first record has no owner")]
    [InlineData("\n\na FOO x", "3:3: expected a type")]
    [InlineData("a TXT \"x", "1:7: a string has no end in its line")]
    [InlineData("a MX ( 10 b", "1:12: the file ends within parentheses")]
    [InlineData("a MX 10 b )", "1:11: a parenthesis closes that was not opened")]
    [InlineData("a MX 65536 b", "1:6: expected a number from 0 to 65535")]
    [InlineData("a..b A 1.2.3.4", "1:1: expected a name of at most 255 octets with labels of 1 to 63")]
    [InlineData("$INCLUDE x", "1:10: $INCLUDE is not allowed here")]
    [InlineData("$NONE x", "1:1: expected $ORIGIN, $TTL, $INCLUDE or $GENERATE")]
    [InlineData("a TYPE731 \\# 2 010203", "1:14: the octets that follow are 3")]
    [InlineData("a TYPE731 \\# 1 0x", "1:16: expected an even number of hexadecimal digits")]
    [InlineData("a TYPE731 1", "1:11: expected \\# and the octets of a type without a form of its own")]
    [InlineData("a TXT \"\\256\"", "1:8: expected an octet from \\000 to \\255")]
    [InlineData("a SVCB 1 . mandatory=alpn", "1:26: a mandatory parameter is missing")]
    [InlineData("a SVCB 1 . port=1 port=2", "1:19: the parameter is there twice, or too long")]
    [InlineData("a AXFR x", "1:3: this type cannot stand in a zone")]
    [InlineData("a LOC 91 N 1 E 1", "1:7: expected a number from 0 to 90")]
    [InlineData("a LOC 90 1 N 1 E 1", "1:12: expected an angle of at most 90 degrees")]
    [InlineData("a 2147483648 A 1.2.3.4", "1:14: the time to live is more than 2147483647 seconds")]
    public void Says_where_something_is_wrong_and_goes_on_behind_it(string wrong, string expected)
    {
        byte[] text = Encoding.ASCII.GetBytes(wrong + "\nnext 60 A 192.0.2.1\n");
        string rest = "";
        var reader = new ZoneFileReader(wrong.Contains("the file ends", StringComparison.Ordinal) || wrong.Contains('(', StringComparison.Ordinal) ? text[..wrong.Length] : text);

        Assert.Equal(OperationStatus.InvalidData, ReadText(reader, ref rest));
        Assert.Equal(expected, reader.Error!.ToString());
        if (wrong.Contains('(', StringComparison.Ordinal))
            return;

        Assert.Equal(OperationStatus.Done, ReadText(reader, ref rest));
        Assert.Equal("next. 60 IN A 192.0.2.1", rest);
        Assert.Equal(OperationStatus.NeedMoreData, ReadText(reader, ref rest));
    }

    [Fact]
    public void A_file_includes_others_and_gets_its_origin_back()
    {
        var files = new Dictionary<string, string> { ["b"] = "x A 192.0.2.2\n$ORIGIN z.\n", ["loop"] = "$INCLUDE loop\n" };
        ReadOnlyMemory<byte>? Include(string name) => files.TryGetValue(name, out string? text) ? (ReadOnlyMemory<byte>?)Encoding.ASCII.GetBytes(text) : null;

        Assert.Equal(
            """
            a.example. 60 IN A 192.0.2.1
            x.sub.example. 60 IN A 192.0.2.2
            a.example. 60 IN A 192.0.2.3
            """,
            Read("$TTL 60\na A 192.0.2.1\n$INCLUDE b sub\n A 192.0.2.3\n", Include));
        Assert.Equal("1:10: the file cannot be read", Read("$INCLUDE none\n", Include));
        Assert.Equal("loop:1:10: files include each other more than 16 deep", Read("$INCLUDE loop\n", Include));
    }

    // What named-compilezone of BIND 9.18 makes of the same lines.
    [Fact]
    public void Generates_records_as_BIND_does()
    {
        Assert.Equal(
            """
            host-1.example. 60 IN A 192.0.2.1
            host-3.example. 60 IN A 192.0.2.3
            x0a.example. 60 IN CNAME b-012.\$.example.
            f.0.0.example. 60 IN PTR p.example.
            """,
            Read("$TTL 60\n$GENERATE 1-4/2 host-$ A 192.0.2.$\n$GENERATE 10-10 x${0,2,x} CNAME b-${2,3,d}.\\$\n$GENERATE 15-15 ${0,5,n} PTR p\n", origin: "example"));
    }

    // The examples of RFC 9460, appendix D: each form beside the octets that it stands for.
    [Fact]
    public void Reads_service_parameters_as_their_RFC_does()
    {
        string[] texts = Entries(DnsSharedData.At("dnspython/svcb_test_vectors.text"));
        string[] octets = Entries(DnsSharedData.At("dnspython/svcb_test_vectors.generic"));

        Assert.Equal(10, texts.Length);
        Assert.Equal(octets.Select(Data), texts.Select(Data));
    }

    [Theory]
    [InlineData("1 . alpn=")]
    [InlineData("1 . alpn")]
    [InlineData("1 . port=99999")]
    [InlineData("1 . no-default-alpn=x")]
    [InlineData("1 . ipv4hint=1.2.3")]
    [InlineData("1 . key0=x")]
    [InlineData("1 . key65536=x")]
    [InlineData("1 . mandatory=mandatory")]
    [InlineData("1 . mandatory=port,port port=1")]
    public void Refuses_service_parameters_that_cannot_be(string text) => Assert.Contains("1:", Read($"a 60 SVCB {text}\n"), StringComparison.Ordinal);

    [Fact]
    public void Agrees_with_dnspython_about_its_example()
    {
        string zone = DnsSharedData.At("dnspython/example");
        var reader = new ZoneFileReader(File.ReadAllBytes(zone), "example");
        var mine = new List<string>();
        while (reader.Read(out DnsRecord record) is OperationStatus.Done)
            mine.Add(DnsSharedData.Text(record, DnsTextStyle.Default));
        Assert.Null(reader.Error);

        // What dnspython wrote of the same zone, with full names, reads as the same records.
        SortedSet<string> theirs = DnsSharedData.Write(DnsSharedData.At("dnspython/example2.good"), ".", DnsTextStyle.Default);
        Assert.Equal(theirs, new SortedSet<string>(mine, StringComparer.Ordinal));
    }

    private static string[] Entries(string file)
    {
        string text = string.Join('\n', File.ReadLines(file).Select(line => line.Split(';')[0]));
        return [.. text.Replace(")", ")\n", StringComparison.Ordinal).Split('\n').Aggregate(
            new List<string>(), (entries, line) =>
            {
                bool isOpen = entries.Count > 0 && entries[^1].Contains('(', StringComparison.Ordinal) && !entries[^1].Contains(')', StringComparison.Ordinal);
                if (isOpen)
                    entries[^1] += " " + line;
                else if (line.Trim().Length > 0)
                    entries.Add(line);
                return entries;
            })];
    }

    private static string Data(string text)
    {
        var reader = new ZoneFileReader(Encoding.ASCII.GetBytes($"a 60 SVCB {text}\n"));
        Assert.True(reader.Read(out DnsRecord record) is OperationStatus.Done, $"{text}: {reader.Error}");
        return Convert.ToHexString(record.Data);
    }

    private static string Read(string zone, Func<string, ReadOnlyMemory<byte>?>? include = null, string origin = "example")
    {
        var reader = new ZoneFileReader(Encoding.ASCII.GetBytes(zone), origin, include);
        var lines = new List<string>();
        string line = "";
        OperationStatus status;
        while ((status = ReadText(reader, ref line)) is not OperationStatus.NeedMoreData)
            lines.Add(status is OperationStatus.Done ? line : reader.Error!.ToString());
        return string.Join('\n', lines);
    }

    private static OperationStatus ReadText(ZoneFileReader reader, ref string line)
    {
        OperationStatus status = reader.Read(out DnsRecord record);
        line = status is OperationStatus.Done ? DnsSharedData.Text(record, DnsTextStyle.Default).Replace('\t', ' ') : "";
        while (line.Contains("  ", StringComparison.Ordinal))
            line = line.Replace("  ", " ", StringComparison.Ordinal);
        return status;
    }
}
