using NetWhy.Analysis.Fields;
using NetWhy.Tests.Analysis;
using NetWhy.Tests.App;
using NetWhy.Tests.Capture;
using Xunit;

namespace NetWhy.Tests.Tools.Dissection;

/// <summary>QUIC as tshark 4.0 tells of it: Initial packets are decrypted, and the hello in them is read.</summary>
public sealed class QuicTests
{
    [Theory]
    [InlineData("quic-34.pcap")]
    [InlineData("quic-28.pcap")]
    [InlineData("quic-24.pcap")]
    [InlineData("quic_frags_ch_in_multiple_packets.pcapng")]
    public void Hellos_are_read(string name)
    {
        FieldTable.SkipWithoutTshark();
        string[] words =
        [
            "-n", "-r", CaptureLibrary.At($"nDPI/tests/cfgs/default/pcap/{name}"), "-Y", "tls.handshake.type == 1", "-T", "fields",
            .. ((string[])["frame.number", "quic.version", "quic.dcid", "quic.scid", "quic.packet_number", "tls.handshake.extensions_server_name", "tls.handshake.extensions_alpn_str", "tls.handshake.ciphersuite"]).SelectMany(field => new[] { "-e", field }),
        ];

        string wanted = NetWhyProgram.Run("tshark", words, []).Output;

        Assert.NotEmpty(wanted);
        Assert.Equal(wanted, NetWhyProgram.Run(["tshark", .. words]).Output);
    }

    [Theory]
    [InlineData("quic-34.pcap")]
    [InlineData("quic-28.pcap")]
    [InlineData("quic-24.pcap")]
    [InlineData("quic_0RTT.pcap")]
    [InlineData("quic_frags_ch_in_multiple_packets.pcapng")]
    public void Lists_are_those_of_tshark(string name)
    {
        FieldTable.SkipWithoutTshark();
        string[] words = ["-n", "-r", CaptureLibrary.At($"nDPI/tests/cfgs/default/pcap/{name}"), "-c", "200"];

        Assert.Equal(NetWhyProgram.Run("tshark", words, []).Output, NetWhyProgram.Run(["tshark", .. words]).Output);
    }

    // Packets that were made for it, by the keys that everybody can derive: every type of frame, frames that are cut or not allowed, packets
    // behind one another, handshakes in pieces, parameters, a Retry, a reset.
    [Theory]
    [InlineData("quic-frames.pcap")]
    [InlineData("quic-coalesce.pcap")]
    [InlineData("quic-overlap.pcap")]
    [InlineData("quic-params.pcap")]
    [InlineData("quic-old.pcap")]
    [InlineData("quic-retry.pcap")]
    [InlineData("quic-reset.pcap")]
    public void Fields_of_made_packets_are_those_of_tshark(string name) => CompareFields(Path.Combine(AppContext.BaseDirectory, "Tools", "Dissection", "Captures", name));

    [Theory]
    [InlineData("quic-v2.pcapng")]
    [InlineData("quic-24.pcap")]
    [InlineData("quic-mvfst-27.pcapng")]
    [InlineData("quic_0RTT.pcap")]
    [InlineData("quic_interop_V.pcapng")]
    [InlineData("quic_t50.pcap")]
    public void Fields_are_those_of_tshark(string name) => CompareFields(CaptureLibrary.At($"nDPI/tests/cfgs/default/pcap/{name}"));

    private static void CompareFields(string file)
    {
        FieldTable.SkipWithoutTshark();
        string[] fields = [.. FieldCatalog.Default.All.Select(field => field.Name).Where(name => name.StartsWith("quic", StringComparison.Ordinal) || name.StartsWith("tls.quic", StringComparison.Ordinal))];
        string[] words = ["-n", "-r", file, "-T", "fields", .. fields.SelectMany(field => new[] { "-e", field })];
        string[] theirs = NetWhyProgram.Run("tshark", words, []).Output.Split('\n');
        string[] ours = NetWhyProgram.Run(["tshark", .. words]).Output.Split('\n');

        Assert.Equal(theirs.Length, ours.Length);
        for (int row = 0; row < theirs.Length; row++)
        {
            foreach ((string field, (string their, string our)) in fields.Zip(theirs[row].Split('\t').Zip(ours[row].Split('\t'))))
                Assert.True(their == our, $"{Path.GetFileName(file)}, packet {row + 1}: {field}\n  tshark: {their}\n  netwhy: {our}");
        }
    }
}
