using System.Buffers.Binary;
using Xunit;

namespace NetWhy.Tests.Analysis;

/// <summary>Options of TCP and IP, routing headers, addresses in addresses, what GRE acknowledges and why connections were reset: the values that tshark 4.0.17 has of packets made for it.</summary>
public sealed class HeaderOptionTests
{
    [Theory]
    [InlineData("00000000000002000000000108004500004300010000400666b20a0000010a00000204570050000003e800000000b00203e8123400001e0c00819c9e8c5f2d8f3a721c04800a2206a1b2c3d40000474554", "tcp.options.mptcp.subtype tcp.options.mptcp.flags tcp.options.mptcp.sendkey tcp.options.user_to_granularity tcp.options.user_to_val tcp.options.tfo.cookie", "0|0x81|11285612056651184754|1|10|a1b2c3d4")]
    [InlineData("00000000000002000000000108004500004000010000400666b50a0000010a00000204580050000003e800000000b00203e812340000ac08000001000002fd060348abcd1d080102112233440203", "tcp.options.acc_ecn.ee0b tcp.options.acc_ecn.eceb tcp.options.experimental.exid tcp.options.experimental.data tcp.options.ao.keyid tcp.options.ao.mac _ws.expert.message", "1|2|0x0348|abcd|1|11223344|Connection establish request (SYN): server port 80,Maximum segment size (option length = 3 bytes says option goes past end of options)")]
    [InlineData("00000000000002000000000108004c0000440001000040067c6f0a0000010a000002070b08c0000201c000020294040000440c0d01c000020500000bb80004590050000003e800000000500203e812340000", "ip.opt.type ip.opt.ptr ip.rec_rt ip.empty_rt ip.opt.ra ip.opt.time_stamp ip.opt.time_stamp_addr ip.opt.flag", "7,148,68,0|8,13|192.0.2.1|192.0.2.2|0|3000|192.0.2.5|0x01")]
    [InlineData("00000000000002000000000186dd600000000018004020010db800000000000000000000000120010db80000000000000000000000023b020502000030040514ffff070800000007000512340100", "ipv6.opt.type.action ipv6.opt.router_alert ipv6.opt.pmtu.min ipv6.opt.pmtu.rtn ipv6.opt.pmtu.r_flag ipv6.opt.calipso.doi ipv6.opt.calipso.checksum", "0,0,0,0|0|1300|65534|1|7|0x1234")]
    [InlineData("00000000000002000000000186dd6000000000182b4020010db800000000000000000000000120010db80000000000000000000000023b020400000000ab20010db8000000000000000000000009", "ipv6.routing.srh.last_entry ipv6.routing.srh.tag ipv6.routing.srh.addr", "0|00ab|2001:db8::9")]
    [InlineData("00000000000002000000000186dd6000000000003b4020010000c0000205000012343ffffdf00064ff9b0000000000000000c0000201", "ipv6.dst ipv6.src_ts_ipv4 ipv6.tc_port ipv6.tc_ipv4 ipv6.dst_embed_ipv4", "64:ff9b::c000:201|192.0.2.5|60875|192.0.2.15|192.0.2.1")]
    [InlineData("00000000000000000000000008004500002800010000402f00000a0000010a0000022081880b0008000100000007ff03c02109010008", "gre.flags.ack gre.ack_number gre.key.payload_length gre.key.call_id", "1|7|8|1")]
    [InlineData("00000000000000000000000008004500004000010000402f00000a0000010a000002008108004500002800010000400600000a0000010a000002000100500000006400000000500203e800000000", "gre.flags.ack gre.ack_number gre.flags.reserved tcp.srcport", "||16|1")]
    [InlineData("00000000000000000000000008004500002f00010000400600000a0000010a000002000100500000006400000000500403e800000000476f2061776179", "tcp.len tcp.payload tcp.reset_cause", "7||Go away")]
    public void Values_are_those_of_tshark(string packet, string fields, string expected)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, CaptureOf(Convert.FromHexString(packet)));
            Assert.Equal(expected, FieldTable.OfNetwhy(path, fields.Split(' '))[0].Replace('\t', '|'));
        }
        finally
        {
            File.Delete(path);
        }
    }

    // Of Ethernet.
    private static byte[] CaptureOf(byte[] packet)
    {
        byte[] capture = new byte[24 + 16 + packet.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(capture, 0xa1b2c3d4);
        capture[4] = 2;
        capture[6] = 4;
        BinaryPrimitives.WriteUInt32LittleEndian(capture.AsSpan(16), 262_144);
        capture[20] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(capture.AsSpan(32), packet.Length);
        BinaryPrimitives.WriteInt32LittleEndian(capture.AsSpan(36), packet.Length);
        packet.CopyTo(capture.AsSpan(40));
        return capture;
    }
}
