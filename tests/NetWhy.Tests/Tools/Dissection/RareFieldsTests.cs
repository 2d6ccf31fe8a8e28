using System.Globalization;
using NetWhy.Analysis.Fields;
using NetWhy.Linux;
using NetWhy.Tests.Analysis;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Dissection;

/// <summary>Fields that few captures have: records and options of DNS, kinds of ARP, options of packets. The packets were made for it; what tshark 4.0.17 says of them lies beside.</summary>
/// <remarks>tshark writes some control characters as they are; there, and here, all are written as C does.</remarks>
public sealed class RareFieldsTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Tools", "Dissection", "Captures");

    public static TheoryData<string, string> Captures => new()
    {
        { "dns-records.pcap", "dns" },
        { "dns-options.pcap", "dns" },
        { "arp-kinds.pcap", "arp" },
        { "ethernet-kinds.pcap", "eth" },
        { "packet-options.pcapng", "frame" },
    };

    [Theory]
    [MemberData(nameof(Captures))]
    public void Values_are_those_of_tshark(string capture, string protocol)
    {
        // The names of makers are those of a list that a machine may have or not; which packets are displayed, nobody says here.
        string[] names = [.. FieldCatalog.Default.All.Select(field => field.Name).Where(name => name.StartsWith($"{protocol}.", StringComparison.Ordinal) && !name.EndsWith("oui_resolved", StringComparison.Ordinal) && name != "frame.time_delta_displayed")];
        string[] rows = FieldTable.OfNetwhy(Path.Combine(Folder, capture), names);
        var wanted = new Dictionary<(int Packet, string Name), string>();
        foreach (string line in File.ReadLines(Path.Combine(Folder, Path.ChangeExtension(capture, ".values"))))
        {
            string[] parts = line.Split('\t');
            wanted[(int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1])] = parts[2];
        }

        Assert.True(rows.Length >= 6);
        var differences = new List<string>();
        for (int packet = 1; packet <= rows.Length; packet++)
        {
            string[] values = rows[packet - 1].Split('\t');
            for (int column = 0; column < names.Length; column++)
            {
                string expected = wanted.GetValueOrDefault((packet, names[column]), "");
                if (values[column] != expected)
                    differences.Add($"packet {packet}: {names[column]} is {values[column]}, and {expected} by tshark");
            }
        }

        Assert.Empty(differences);
    }

    [Theory]
    [InlineData("dns-records.pcap")]
    [InlineData("dns-options.pcap")]
    public void Trees_are_the_same(string capture)
    {
        FieldTable.SkipWithoutTshark();
        string[] words = ["-n", "-r", Path.Combine(Folder, capture), "-O", "dns,mdns,llmnr"];
        string[] theirs = NetWhyProgram.Run("tshark", words, []).Output.Split('\n');
        string[] ours = NetWhyProgram.Run(["tshark", .. words]).Output.Split('\n');

        Assert.Equal(theirs, ours);
    }

    [Fact]
    public void Makers_are_read_from_both_kinds_of_lists()
    {
        IReadOnlyDictionary<uint, string> names = VendorNames.Read(
        [
            "# a remark", "", "00:00:5E\tICANNIAN\tICANN, IANA Department", "00:50:C2:00:00:00/36\tTLS\tT.L.S. Corp.",
            "00-1B-21   (hex)\t\tIntel Corporate", "001B21     (base 16)\t\tIntel Corporate", "00:00:0C\tCisco",
        ]);

        Assert.Equal("ICANN, IANA Department", names[0x00005e]);
        Assert.Equal("Intel Corporate", names[0x001b21]);
        Assert.Equal("Cisco", names[0x00000c]);
        Assert.Equal(3, names.Count);
    }
}
