using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NetWhy.Tests.Tools.Dig;

/// <summary>Answers each query in the way that its first label names, mostly a wrong one.</summary>
internal sealed class OddDnsServer : IDisposable
{
    private const int HeaderSize = 12;

    // In place of question and id: what the query has. The first octets behind the id are flags and counts.
    private const string A = "c00c00010001000000780004c0000201", Edns = "00002904d0000000000000";

    private static readonly Dictionary<string, string[]> Answers = new()
    {
        ["good"] = ["ID 8180 0001 0001 0000 0000 QUESTION " + A],
        ["badid"] = ["0001 8180 0001 0001 0000 0000 QUESTION " + A, "ID 8180 0001 0001 0000 0000 QUESTION " + A],
        ["short"] = ["000102", "ID 8180 0001 0001 0000 0000 QUESTION " + A],
        ["noqr"] = ["ID 0180 0001 0001 0000 0000 QUESTION " + A],
        ["wrongq"] = ["ID 8180 0001 0001 0000 0000 056f7468657204746573740000010001 " + A, "ID 8180 0001 0001 0000 0000 QUESTION " + A],
        ["cut"] = ["ID 8180 0001 0002 0000 0000 QUESTION " + A],
        ["cutname"] = ["ID 8180 0001 0001 0000 0000 QUESTION 056162"],
        ["cutrecord"] = ["ID 8180 0001 0001 0000 0000 QUESTION c00c000100010000"],
        ["cutdata"] = ["ID 8180 0001 0001 0000 0000 QUESTION c00c00010001000000780004c000"],
        ["extra"] = ["ID 8180 0001 0001 0000 0000 QUESTION " + A + "616263"],
        ["badlabel"] = ["ID 8180 0001 0001 0000 0000 QUESTION 800100010001000000780004c0000201"],
        ["forward"] = ["ID 8180 0001 0001 0000 0000 QUESTION c0ff00010001000000780004c0000201"],
        ["shorta"] = ["ID 8180 0001 0001 0000 0000 QUESTION c00c00010001000000780003c00002"],
        ["longa"] = ["ID 8180 0001 0001 0000 0000 QUESTION c00c00010001000000780005c000020101"],
        ["formerr"] = ["ID 8181 0001 0000 0000 0000 QUESTION"],
        ["formerr0"] = ["ID 8181 0000 0000 0000 0000"],
        ["servfail"] = ["ID 8182 0001 0000 0000 0000 QUESTION"],
        ["nxdomain"] = ["ID 8183 0001 0000 0000 0000 QUESTION"],
        ["notimp"] = ["ID 8184 0001 0000 0000 0000 QUESTION"],
        ["refused"] = ["ID 8185 0001 0000 0000 0000 QUESTION"],
        ["rcode11"] = ["ID 818b 0001 0000 0000 0000 QUESTION"],
        ["extended"] = ["ID 8180 0001 0000 0000 0001 QUESTION 00002904d0110000000000"],
        ["badvers"] = ["ID 8180 0001 0000 0000 0001 QUESTION 00002904d0010000000000"],
        ["opttwice"] = ["ID 8180 0001 0000 0000 0002 QUESTION " + Edns + Edns],
        ["optanswer"] = ["ID 8180 0001 0001 0000 0000 QUESTION " + Edns],
        ["ede"] = ["ID 8182 0001 0000 0000 0001 QUESTION 00002904d000000000000b000f0007001668656c6c6f"],
        ["ede99"] = ["ID 8182 0001 0000 0000 0001 QUESTION 00002904d0000000000006000f00020063"],
        ["edeutf"] = ["ID 8182 0001 0000 0000 0001 QUESTION 00002904d000000000000a000f00060016c3a4c3b6"],
        ["nsid"] = ["ID 8180 0001 0000 0000 0001 QUESTION 00002904d0000000000008000300046122 1bff"],
        ["ecs"] = ["ID 8180 0001 0000 0000 0001 QUESTION 00002904d000000000000b00080007000118 10c00002"],
        ["badecs"] = ["ID 8180 0001 0000 0000 0001 QUESTION 00002904d00000000000080008000400090000"],
        ["badcookie"] = ["ID 8180 0001 0000 0000 0001 QUESTION 00002904d000000000000c000a00084142434445464748"],
        ["nora"] = ["ID 8100 0001 0001 0000 0000 QUESTION " + A],
        ["reserved"] = ["ID 81c0 0001 0001 0000 0000 QUESTION " + A],
        ["opcode"] = ["ID 9180 0001 0000 0000 0000 QUESTION", "ID 8180 0001 0001 0000 0000 QUESTION " + A],
        ["empty"] = ["ID 8180 0000 0000 0000 0000"],
        ["steering"] = ["ID 8180 0001 0001 0000 0000 QUESTION c00c001000010000000000080761 1b5b316dff22"],
        ["unknown"] = ["ID 8180 0001 0001 0000 0000 QUESTION c00cff00000100000000000361 6263"],
        ["cuttc"] = ["ID 8380 0001 0000 0000 0000 QUESTION"],
        ["silent"] = [],
    };

    private readonly Socket _datagrams;
    private readonly Socket _listener;

    /// <summary>Binds its sockets, in the namespace of the calling thread, and serves from then on.</summary>
    public OddDnsServer(IPAddress address, int port)
    {
        _datagrams = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        _datagrams.Bind(new IPEndPoint(address, port));
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(address, port));
        _listener.Listen();
        _ = ServeDatagramsAsync();
        _ = ServeConnectionsAsync();
    }

    /// <summary>What it can do.</summary>
    public static IEnumerable<string> Modes => Answers.Keys;

    public void Dispose()
    {
        _datagrams.Dispose();
        _listener.Dispose();
    }

    private static IEnumerable<byte[]> AnswersTo(byte[] query, bool isStream)
    {
        int end = HeaderSize;
        while (query[end] != 0)
            end += query[end] + 1;
        end += 5;
        string mode = query[HeaderSize] == 0 ? "good" : Encoding.ASCII.GetString(query, HeaderSize + 1, query[HeaderSize]).ToLowerInvariant();
        string[] answers = mode == "cuttc" && isStream ? Answers["good"] : Answers.GetValueOrDefault(mode, Answers["good"]);
        foreach (string answer in answers)
        {
            byte[] question = query[HeaderSize..end];
            if (mode == "lower")
            {
                for (int i = 0; i < question.Length; i++)
                    question[i] = question[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(question[i] | 0x20) : question[i];
            }

            string hex = answer.Replace("ID", Convert.ToHexString(query.AsSpan(0, 2)), StringComparison.Ordinal)
                .Replace("QUESTION", Convert.ToHexString(question), StringComparison.Ordinal)
                .Replace(" ", "", StringComparison.Ordinal);
            yield return Convert.FromHexString(hex);
        }
    }

    private async Task ServeDatagramsAsync()
    {
        byte[] buffer = new byte[ushort.MaxValue];
        try
        {
            while (true)
            {
                SocketReceiveFromResult received = await _datagrams.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0));
                foreach (byte[] answer in AnswersTo(buffer[..received.ReceivedBytes], isStream: false))
                    await _datagrams.SendToAsync(answer, received.RemoteEndPoint);
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The end of the test.
        }
    }

    private async Task ServeConnectionsAsync()
    {
        try
        {
            while (true)
                _ = ServeConnectionAsync(await _listener.AcceptAsync());
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The end of the test.
        }
    }

    private static async Task ServeConnectionAsync(Socket socket)
    {
        using (socket)
        {
            byte[] buffer = new byte[ushort.MaxValue];
            try
            {
                while (await socket.ReceiveAsync(buffer.AsMemory(0, 2)) == 2)
                {
                    int length = BinaryPrimitives.ReadUInt16BigEndian(buffer);
                    int received = await socket.ReceiveAsync(buffer.AsMemory(0, length));
                    byte[] query = buffer[..received];
                    if (query.AsSpan(HeaderSize).StartsWith("\u0005close"u8))
                        return;
                    foreach (byte[] answer in AnswersTo(query, isStream: true))
                        await socket.SendAsync((byte[])[(byte)(answer.Length >> 8), (byte)answer.Length, .. answer]);
                }
            }
            catch (Exception end) when (end is SocketException or ObjectDisposedException)
            {
                // The client went away.
            }
        }
    }
}
