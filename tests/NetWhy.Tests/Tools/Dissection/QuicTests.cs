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
}
