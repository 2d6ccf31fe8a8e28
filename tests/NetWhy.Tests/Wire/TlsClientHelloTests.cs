using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using NetWhy.Wire.Tls;
using Xunit;

namespace NetWhy.Tests.Wire;

/// <summary>ClientHellos that are written, and answers that are read as they come.</summary>
public sealed class TlsClientHelloTests
{
    // The ServerHello of RFC 8448, section 3.
    private static readonly byte[] ServerHello = Convert.FromHexString(
        "160303005a020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e00330024001d0020"
        + "c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304");

    private static readonly byte[] Chance = [.. Enumerable.Range(0, TlsClientHello.ChanceSize).Select(number => (byte)number)];

    private static readonly TlsClientHello Hello = new(0x0303, [0x1301, 0xc02f])
    {
        ServerName = "www.example.test",
        SupportedVersions = [0x0304],
        Groups = [TlsGroup.X25519MlKem768, TlsGroup.X25519],
        SignatureAlgorithms = [0x0403],
        Protocols = ["h2", "http/1.1"],
        KeyShares = [TlsGroup.X25519, TlsGroup.P256],
    };

    [Fact]
    public void What_is_offered_can_be_read()
    {
        byte[] octets = Hello.ToRecord(Chance);

        Assert.Equal(OperationStatus.Done, TlsRecord.Read(octets, out TlsRecord record));
        Assert.False(record.IsTruncated);
        Assert.Equal(OperationStatus.Done, TlsHandshakeMessage.Read(record.Fragment, out TlsHandshakeMessage message));
        Assert.Equal(octets.Length, TlsRecord.HeaderLength + TlsHandshakeMessage.HeaderLength + message.Length);
        Assert.Equal(OperationStatus.Done, TlsHello.Read(message, out TlsHello hello));
        Assert.Equal("www.example.test", Encoding.ASCII.GetString(hello.ServerName));
        Assert.Equal([0x1301, 0xc02f], hello.CipherSuites.ToArray().Select(suite => (ushort)suite));
        Assert.Equal([0x11ec, 0x001d], hello.SupportedGroups.ToArray().Select(group => (ushort)group));
        Assert.Equal([0x0304], hello.SupportedVersions.ToArray().Select(version => (ushort)version));
        Assert.Equal([0x0403], hello.SignatureAlgorithms.ToArray().Select(signature => (ushort)signature));
        List<string> protocols = [];
        foreach (NetWhy.Wire.TypeLengthValue protocol in hello.ApplicationProtocols)
            protocols.Add(Encoding.ASCII.GetString(protocol.Value));
        Assert.Equal(["h2", "http/1.1"], protocols);
        List<(int, int)> shares = [];
        foreach (NetWhy.Wire.TypeLengthValue share in hello.KeyShares)
            shares.Add((share.Type, share.Length));
        Assert.Equal([(0x1d, 32), (0x17, 65)], shares);
    }

    [Fact]
    public void The_share_for_P_256_is_a_point_that_others_take()
    {
        byte[] octets = Hello.ToRecord(Chance);
        int at = octets.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x00, 0x17, 0x00, 65, 0x04]) + 5;

        using var point = ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = octets[at..(at + 32)], Y = octets[(at + 32)..(at + 64)] },
        });

        Assert.Equal(256, point.KeySize); // a point off the curve would have been refused
    }

    [Theory]
    [InlineData(600)]
    [InlineData(1900)]
    [InlineData(9000)]
    public void Padding_reaches_the_length(int length) =>
        Assert.Equal(length, (Hello with { PaddedLength = length }).ToRecord(Chance).Length);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void An_answer_is_read_in_whatever_pieces_it_comes(int size)
    {
        var flight = new TlsServerFlight(goesOn: false);
        bool isDone = false;
        foreach (byte[] piece in ServerHello.Chunk(size))
            isDone = flight.Add(piece);

        Assert.True(isDone);
        Assert.Equal((TlsFlightState.Hello, (ushort)0x0304, (ushort)0x1301, (ushort?)TlsGroup.X25519), (flight.State, flight.Version, flight.CipherSuite, flight.Group));
    }

    [Fact]
    public void A_retry_names_the_group_that_the_server_likes()
    {
        byte[] body =
        [
            0x03, 0x03, .. SHA256.HashData("HelloRetryRequest"u8), 0, 0x13, 0x01, 0, 0, 12,
            0, 0x2b, 0, 2, 0x03, 0x04, 0, 0x33, 0, 2, 0x11, 0xec,
        ];
        var flight = new TlsServerFlight(goesOn: false);

        Assert.True(flight.Add([0x16, 0x03, 0x03, 0, (byte)(body.Length + 4), 2, 0, 0, (byte)body.Length, .. body]));

        Assert.Equal((TlsFlightState.Retry, "X25519MLKEM768"), (flight.State, TlsGroup.Name(flight.Group!.Value)));
    }

    [Theory]
    [InlineData("150303000202", "28", TlsFlightState.Alert)]
    [InlineData("1503030002", "0170", TlsFlightState.Incomplete)] // a warning: unrecognized_name
    [InlineData("48545450", "2f312e31", TlsFlightState.NotTls)]
    [InlineData("16", "48", TlsFlightState.NotTls)]
    [InlineData("1603030004", "01000000", TlsFlightState.Incomplete)] // said below
    public void An_answer_that_is_no_hello_is_told_as_such(string first, string rest, TlsFlightState state)
    {
        var flight = new TlsServerFlight(goesOn: false);
        flight.Add(Convert.FromHexString(first));
        flight.Add(Convert.FromHexString(rest));

        Assert.Equal(first is "1603030004" ? TlsFlightState.NotTls : state, flight.State); // a server sends no ClientHello
    }

    // RFC 4279, section 3: a hint at the key stands before the prime.
    [Fact]
    public void A_prime_stands_behind_the_hint_of_a_shared_key()
    {
        string hello = "02000026" + "0303" + new string('0', 64) + "00" + "0090" + "00"; // TLS_DHE_PSK_WITH_AES_128_CBC_SHA
        string exchange = "000468696e74" + "0080" + new string('f', 256) + "000102" + "000105";
        string messages = hello + $"0c0000{exchange.Length / 2:x2}" + exchange + "0e000000";
        var flight = new TlsServerFlight(goesOn: true);

        Assert.True(flight.Add(Convert.FromHexString($"160303{messages.Length / 2:x4}" + messages)));

        Assert.Equal((TlsFlightState.Hello, (int?)1024, null), (flight.State, flight.PrimeBits, flight.Signature));
    }

    [Fact]
    public void No_answer_is_kept_without_end()
    {
        var flight = new TlsServerFlight(goesOn: true);
        flight.Add(Convert.FromHexString("160303003002000026" + "0303" + new string('0', 64) + "00c02f00" + "0b00ffff" + "00ffff"));
        byte[] record = [0x16, 0x03, 0x03, 0x10, 0x00, .. new byte[4096]];

        int records = 0;
        while (!flight.Add(record))
            Assert.True(++records < TlsServerFlight.Longest / 4096 + 2);
    }

    [Fact]
    public void Never_throws_and_does_not_depend_on_the_pieces() => Check.QuickThrowOnFailure(
        Prop.ForAll<byte[], byte, int>((octets, damage, place) =>
        {
            byte[] input = [.. ServerHello, .. octets];
            input[(place & int.MaxValue) % input.Length] = damage;
            var whole = new TlsServerFlight(goesOn: true);
            var single = new TlsServerFlight(goesOn: true);
            whole.Add(input);
            foreach (byte octet in input)
                single.Add([octet]);
            return (whole.State, whole.CipherSuite, whole.Group, whole.Alert) == (single.State, single.CipherSuite, single.Group, single.Alert);
        }));
}
