using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using NetWhy.Linux;

namespace NetWhy.Tools.Nc;

/// <summary>Has a proxy connect to a destination, over a connection that stands already.</summary>
/// <param name="socket">The connection to the proxy.</param>
/// <param name="timeout">Longest wait for each answer; null for ever.</param>
/// <param name="wait">What to wait by.</param>
/// <param name="cancellation">Gives up.</param>
internal sealed class NcProxyHandshake(LinuxSocket socket, TimeSpan? timeout, DescriptorWait wait, CancellationToken cancellation)
{
    private const int Failure = 1; // exit code of the original for everything
    private const byte Connect = 1; // command of both versions of SOCKS
    private const int MostHeaderLines = 64, LongestLine = 1024; // of an answer to CONNECT, as in the original

    private static readonly SearchValues<char> NeverInHost = SearchValues.Create("\r\n\t []");

    /// <summary>Asks for the connection.</summary>
    /// <param name="protocol">What the proxy speaks.</param>
    /// <param name="host">Name or address of the destination.</param>
    /// <param name="port">Its port.</param>
    /// <exception cref="OriginalRefusal">The proxy refuses, or does not speak the protocol.</exception>
    internal void Run(ProxyProtocol protocol, string host, int port)
    {
        switch (protocol)
        {
            case ProxyProtocol.Socks4:
                AskSocks4(host, port);
                break;
            case ProxyProtocol.Socks5:
                AskSocks5(host, port);
                break;
            default:
                AskConnect(host, port);
                break;
        }
    }

    private void AskSocks4(string host, int port)
    {
        const byte Version = 4, Granted = 90;
        Span<byte> request = stackalloc byte[9]; // ends with an empty user name
        request[0] = Version;
        request[1] = Connect;
        BinaryPrimitives.WriteUInt16BigEndian(request[2..], (ushort)port);
        _ = Address4(host, port).TryWriteBytes(request[4..], out _);
        Write(request);
        Span<byte> reply = stackalloc byte[8];
        Read(reply, reply.Length);
        if (reply[1] != Granted)
        {
            throw new OriginalRefusal(Failure, $"connection failed, SOCKSv4 error: {reply[1] switch
            {
                91 => "Request rejected or failed",
                92 => "SOCKS server cannot connect to identd on the client",
                93 => "Client program and identd report different user-ids",
                _ => "Unknown error",
            }}");
        }
    }

    private void AskSocks5(string host, int port)
    {
        const byte Version = 5, NoAuthentication = 0, NoMethod = 0xff, Name = 3, V4 = 1, V6 = 4;
        const int LongestName = 255;
        Write([Version, 1, NoAuthentication]);
        Span<byte> reply = stackalloc byte[18];
        Read(reply[..2], 3);
        if (reply[1] == NoMethod)
            throw new OriginalRefusal(Failure, "authentication method negotiation failed");
        IPAddress? address = LiteralOf(host);
        byte[] destination = address?.GetAddressBytes() ?? Encoding.UTF8.GetBytes(host);
        if (destination.Length > LongestName)
            throw new OriginalRefusal(Failure, "host name too long for SOCKS5");
        byte kind = address is null ? Name : address.AddressFamily is AddressFamily.InterNetwork ? V4 : V6;
        Write(
        [
            Version, Connect, 0, kind, .. address is null ? (byte[])[(byte)destination.Length] : [], .. destination,
            (byte)(port >> 8), (byte)port,
        ]);
        Read(reply[..4], 4);
        if (reply[1] != 0)
        {
            throw new OriginalRefusal(Failure, $"connection failed, SOCKSv5 error: {reply[1] switch
            {
                1 => "General SOCKS server failure",
                2 => "Connection not allowed by ruleset",
                3 => "Network unreachable",
                4 => "Host unreachable",
                5 => "Connection refused",
                6 => "TTL expired",
                7 => "Command not supported",
                8 => "Address type not supported",
                _ => "Unknown error",
            }}");
        }

        int rest = reply[3] switch // the address that the proxy connects from, and its port
        {
            V4 => 6,
            V6 => 18,
            _ => throw new OriginalRefusal(Failure, "connection failed, unsupported address type"),
        };
        Read(reply[..rest], rest);
    }

    private void AskConnect(string host, int port)
    {
        if (host.AsSpan().ContainsAny(NeverInHost))
            throw new OriginalRefusal(Failure, "Invalid hostname");
        string name = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"CONNECT {name}:{port} HTTP/1.0\r\n\r\n")));
        string status = ReadLine();
        if (!status.StartsWith("HTTP/1.0 200 ", StringComparison.Ordinal) && !status.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
            throw new OriginalRefusal(Failure, $"Proxy error: \"{status}\"");
        for (int i = 0; i < MostHeaderLines; i++)
        {
            if (ReadLine().Length == 0)
                return;
        }

        throw new OriginalRefusal(Failure, "Too many proxy headers received");
    }

    private static IPAddress? LiteralOf(string host) =>
        IPAddress.TryParse(host, out IPAddress? address) && !host.AsSpan().ContainsAny('%', '[') ? address : null;

    private static IPAddress Address4(string host, int port)
    {
        const int IPv4 = 2; // AF_INET
        string? failure;
        if (LiteralOf(host) is { } literal)
        {
            if (literal.AddressFamily is AddressFamily.InterNetwork)
                return literal;
            failure = SystemNames.NoAddressOfFamily;
        }
        else
        {
            ResolvedName resolved = SystemNames.Resolve(host, IPv4);
            if (resolved is { Failure: null, Addresses: [var first, ..] })
                return first;
            failure = resolved.Failure;
        }

        throw new OriginalRefusal(Failure, string.Create(CultureInfo.InvariantCulture, $"getaddrinfo(\"{host}\", \"{port}\"): {failure}"));
    }

    // One octet after the other: what follows the head is the peer's, and to be shown.
    private string ReadLine()
    {
        Span<byte> octet = stackalloc byte[1];
        var line = new StringBuilder();
        while (line.Length < LongestLine - 1)
        {
            Errno errno = Fill(octet, out int read);
            if (read == 0)
                throw new OriginalRefusal(Failure, $"proxy read: {LinuxException.Describe(errno)}");
            if (octet[0] == '\n')
                return line.ToString();
            if (octet[0] != '\r')
                line.Append((char)octet[0]);
        }

        throw new OriginalRefusal(Failure, "proxy read too long");
    }

    private void Read(Span<byte> buffer, int said)
    {
        Errno errno = Fill(buffer, out int read);
        if (read < buffer.Length)
            throw new OriginalRefusal(Failure, string.Create(CultureInfo.InvariantCulture, $"read failed ({read}/{said}): {LinuxException.Describe(errno)}"));
    }

    private Errno Fill(Span<byte> buffer, out int read)
    {
        for (read = 0; read < buffer.Length;)
        {
            Errno errno = socket.Receive(buffer[read..], out int received);
            if (errno is Errno.EAGAIN or Errno.EINTR)
                Await(PollEvents.Read);
            else if (errno is not Errno.OK || received == 0)
                return errno is Errno.OK ? Errno.EPIPE : errno;
            else
                read += received;
        }

        return Errno.OK;
    }

    private void Write(ReadOnlySpan<byte> octets)
    {
        for (int written = 0; written < octets.Length;)
        {
            Errno errno = socket.Send(octets[written..], out int sent);
            if (errno is Errno.EAGAIN or Errno.EINTR)
                Await(PollEvents.Write);
            else if (errno is not Errno.OK)
                throw new OriginalRefusal(Failure, string.Create(CultureInfo.InvariantCulture, $"write failed ({written}/{octets.Length}): {LinuxException.Describe(errno)}"));
            else
                written += sent;
        }
    }

    private void Await(PollEvents events)
    {
        long begin = Stopwatch.GetTimestamp();
        WaitedDescriptor[] waited = [new(socket.Descriptor, events)];
        while (true)
        {
            TimeSpan left = timeout is { } most ? most - Stopwatch.GetElapsedTime(begin) : Timeout.InfiniteTimeSpan;
            if (timeout is not null && left <= TimeSpan.Zero)
                throw new OriginalRefusal(Failure, "the proxy does not answer in the time of -w");
            bool isReady = wait.Wait(waited, left);
            cancellation.ThrowIfCancellationRequested();
            if (isReady)
                return;
        }
    }
}
