using System.Buffers.Binary;
using System.Text;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Filters;
using NetWhy.Capture.Files;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Analysis.Filters;

/// <summary>Every filter is accepted or rejected as Wireshark 4.0 does, and lets the same packets pass.</summary>
public sealed class DisplayFilterComparisonTests
{
    private const int LinkTypeUser0 = 147;

    [Fact]
    public void Filters_of_web_traffic_mean_what_they_mean_to_Wireshark() =>
        Compare(CaptureLibrary.At("chrissanders-packets/http_ip4and6.pcapng"), FilterExpressions.Web, 600);

    [Fact]
    public void Layers_mean_what_they_mean_to_Wireshark() =>
        Compare(CaptureLibrary.At("tcpdump/vxlan.pcap"), FilterExpressions.Layers, 40);

    [Theory]
    [InlineData("chrissanders-packets/http_ip4and6.pcapng")]
    [InlineData("tcpdump/vxlan.pcap")]
    public void With_the_fields_that_netwhy_reads_filters_mean_the_same(string capture)
    {
        string path = CaptureLibrary.At(capture);
        string[] filters = [.. FilterExpressions.Web.Concat(FilterExpressions.Layers).Distinct().Except(FilterExpressions.Differences).Where(IsUnderstood)];
        Tshark.SkipIfAbsent();
        Dictionary<string, IReadOnlyList<int>?> verdicts = Tshark.Verdicts(path, filters);
        var differences = new StringBuilder();
        int compared = 0;
        foreach (string text in filters)
        {
            if (!verdicts.TryGetValue(text, out IReadOnlyList<int>? wanted) || wanted is null)
                continue;
            compared++;
            string ours = string.Join(',', Passing(text, path));
            if (ours != string.Join(',', wanted))
                differences.AppendLine($"{text}\n    Wireshark: {string.Join(',', wanted)}\n    netwhy:    {ours}");
        }

        Assert.True(differences.Length == 0, differences.ToString());
        Assert.True(compared >= 300, $"only {compared} filters were compared");
    }

    [Fact]
    public void Octets_patterns_and_times_mean_what_they_mean_to_Wireshark()
    {
        string capture = WriteCapture();
        try
        {
            Compare(capture, FilterExpressions.Octets, 250);
        }
        finally
        {
            File.Delete(capture);
        }
    }

    [Fact]
    public void Values_go_with_the_types_that_Wireshark_lets_them_go_with()
    {
        string[] fields =
        [
            "tcp.analysis.flags", "tcp", "tcp.flags.syn", "ip.ttl", "tcp.port", "_ws.ftypes.uint24", "tcp.seq", "_ws.ftypes.uint64", "_ws.ftypes.int8",
            "tcp.window_size_scalefactor", "_ws.ftypes.int64", "_ws.ftypes.double", "tcp.analysis.acks_frame", "frame.time", "frame.time_delta",
            "frame.protocols", "tcp.payload", "eth.src", "ip.src", "ipv6.src",
        ];
        string[] filters =
        [
            .. fields.SelectMany(field => FilterExpressions.Values, (field, value) => $"{field} == {value}"),
            .. fields.SelectMany(field => fields, (field, other) => $"{field} == {other}"),
            .. fields.SelectMany(field => fields, (field, other) => $"{field} & {other}"),
            .. fields.SelectMany(field => fields, (field, other) => $"max({field}, {other}) > {field}"),
            .. fields.SelectMany(field => fields, (field, other) => $"{field} contains {other}"),
            .. fields.SelectMany(field => fields, (field, other) => $"{field}[0:2] == {other}"),
        ];
        Compare(CaptureLibrary.At("chrissanders-packets/http_ip4and6.pcapng"), filters, 3000);
    }

    private static void Compare(string capture, IReadOnlyList<string> filters, int fewest)
    {
        Tshark.SkipIfAbsent();
        Dictionary<string, IReadOnlyList<int>?> verdicts = Tshark.Verdicts(capture, filters);
        IReadOnlyList<(byte[] Octets, PacketFields Fields)> packets = Tshark.Packets(capture, FilterCatalog.Complete);
        var differences = new StringBuilder();
        int compared = 0;
        foreach (string filter in filters.Except(FilterExpressions.Differences))
        {
            if (!verdicts.TryGetValue(filter, out IReadOnlyList<int>? wanted))
                continue;
            compared++;
            string ours = Verdict(filter, packets);
            string theirs = wanted is null ? "rejected" : string.Join(',', wanted);
            if (!(ours.StartsWith("rejected", StringComparison.Ordinal) && wanted is null) && ours != theirs)
                differences.AppendLine($"{filter}\n    Wireshark: {theirs}\n    netwhy:    {ours}");
        }

        Assert.True(differences.Length == 0, differences.ToString());
        Assert.True(compared >= fewest, $"only {compared} filters were compared");
    }

    private static bool IsUnderstood(string text)
    {
        try
        {
            _ = DisplayFilter.Compile(text, FieldCatalog.Default);
            return true;
        }
        catch (DisplayFilterException)
        {
            return false;
        }
    }

    private static List<int> Passing(string text, string capture)
    {
        var filter = DisplayFilter.Compile(text, FieldCatalog.Default);
        var fields = new PacketFields(FieldCatalog.Default);
        foreach (Field field in filter.Fields)
            fields.Want(field);
        var dissector = new Dissector(fields);
        List<int> passing = [];
        using FileStream file = File.OpenRead(capture);
        using CaptureReader reader = CaptureReader.Open(file);
        for (int number = 1; reader.Read(out PacketRecord packet); number++)
        {
            if (filter.Matches(dissector.Read(packet)))
                passing.Add(number);
        }

        return passing;
    }

    private static string Verdict(string text, IReadOnlyList<(byte[] Octets, PacketFields Fields)> packets)
    {
        try
        {
            var filter = DisplayFilter.Compile(text, FilterCatalog.Complete);
            return string.Join(',', Enumerable.Range(1, packets.Count).Where(number => filter.Matches(new DissectedPacket(packets[number - 1].Octets, packets[number - 1].Fields))));
        }
        catch (DisplayFilterException exception)
        {
            Assert.InRange(exception.Position, 0, text.Length);
            Assert.InRange(exception.Length, 0, text.Length - exception.Position);
            return $"rejected: {exception.Message}";
        }
    }

    // Packets a second apart, whose link type says nothing of what they hold.
    private static string WriteCapture()
    {
        string[] packets =
        [
            "01", "0001", "0010", "0105", "655305", "065535", "61", "0abc", "abc0", "ab0c", "0e13", "1e03", "47", "4745", "ff", "10000001", "100001", "41",
            "c3a9", "e9", "00", "6100", "616200", "1020", "",
        ];
        using var file = new MemoryStream();
        Span<byte> header = stackalloc byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0xa1b2c3d4);
        header[4] = 2;
        header[6] = 4;
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], 65_535);
        BinaryPrimitives.WriteInt32LittleEndian(header[20..], LinkTypeUser0);
        file.Write(header);
        for (int i = 0; i < packets.Length; i++)
        {
            byte[] octets = Convert.FromHexString(packets[i]);
            BinaryPrimitives.WriteInt32LittleEndian(header, 1_577_836_800 + i);
            BinaryPrimitives.WriteInt32LittleEndian(header[4..], i * 1000);
            BinaryPrimitives.WriteInt32LittleEndian(header[8..], octets.Length);
            BinaryPrimitives.WriteInt32LittleEndian(header[12..], octets.Length);
            file.Write(header[..16]);
            file.Write(octets);
        }

        string path = Path.GetTempFileName();
        File.WriteAllBytes(path, file.ToArray());
        return path;
    }
}
