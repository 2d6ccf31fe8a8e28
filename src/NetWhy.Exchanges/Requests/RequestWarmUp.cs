using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;
using NetWhy.Wire.Http;

namespace NetWhy.Exchanges.Requests;

/// <summary>Loads what a request needs before one is timed: a program's first steps cost milliseconds that no server took.</summary>
public static class RequestWarmUp
{
    private const int MostSteps = 32;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    /// <summary>Makes a request to this thread itself, over loopback. Where loopback is down, it does nothing.</summary>
    /// <param name="plan">What will be asked for: where TLS is, a handshake is begun too.</param>
    public static void Run(RequestPlan plan)
    {
        if (LinuxSocket.Open(AddressFamily.InterNetwork, SocketKind.Tcp, out LinuxSocket? listener) is not Errno.OK)
            return;
        using (listener)
        {
            if (listener!.Bind(IPAddress.Loopback, 0) is not Errno.OK || listener.Listen(2) is not Errno.OK)
                return;
            int port = listener.LocalEndpoint.Port;
            Converse(listener, port, isTls: false);
            if (plan.IsTls && TlsSession.Unavailable is null)
                Converse(listener, port, isTls: true);
            if (plan.IsTls && plan.Protocols.Contains("h2"))
                Answer(plan);
        }
    }

    // Reads an answer of HTTP/2: settings, a head with most of what heads have, and a body.
    private static void Answer(RequestPlan plan)
    {
        byte[] octets =
        [
            0, 0, 6, (byte)Http2FrameType.Settings, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100,
            0, 0, 20, (byte)Http2FrameType.Headers, 4, 0, 0, 0, 1, 0x88, // :status 200, then fields without and with Huffman's code: RFC 7541, appendices A and C
            0x40, 6, .. "server"u8, 1, (byte)'x', 0x0f, 0x0d, 1, (byte)'2', 0x5a, 0x83, 0x9b, 0xd9, 0xab,
            0, 0, 2, (byte)Http2FrameType.Data, 1, 0, 0, 0, 1, .. "ok"u8,
        ];
        var reader = new Reader();
        var connection = new Http2Connection(plan.Window, []);
        connection.Request(plan.Fields, endsStream: true, reader);
        connection.Take(octets);
        connection.Sent(connection.Output.Length);
    }

    private sealed class Reader : IHttp2Receiver
    {
        private readonly AnswerHead _head = new();

        public void TakeFields(IReadOnlyList<(string Name, string Value)> fields) => _head.Take(fields);

        public void TakeBody(ReadOnlySpan<byte> octets) => _ = _head.ContentLength;
    }

    private static void Converse(LinuxSocket listener, int port, bool isTls)
    {
        var url = new UriBuilder(isTls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp, "127.0.0.1", port).Uri;
        RequestPlan plan = RequestPlan.Of(url, "GET", []) with { Timeout = Step * MostSteps };
        using var wait = new DescriptorWait();
        using var channel = new RequestChannel(plan, 0, IPAddress.Loopback, new byte[4096], _ => null);
        LinuxSocket? peer = null;
        var descriptors = new WaitedDescriptor[1];
        byte[] buffer = new byte[4096];
        bool hasAnswered = false;
        channel.Begin(mayKeep: false, null);
        for (int i = 0; i < MostSteps && channel.IsBusy && !hasAnswered; i++)
        {
            descriptors[0] = channel.Wanted;
            if (wait.Wait(descriptors, Step))
                channel.Go();
            if (peer is null)
                _ = listener.Accept(out peer, out _, out _);
            if (peer is null || peer.Receive(buffer, out int received) is not Errno.OK || received == 0)
                continue;
            _ = peer.Send("HTTP/1.1 204 No Content\r\n\r\n"u8, out _); // in TLS it is no answer, and ends the handshake
            hasAnswered = true;
        }

        descriptors[0] = channel.Wanted;
        if (channel.IsBusy && wait.Wait(descriptors, Step))
            channel.Go();
        peer?.Dispose();
    }
}
