using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>SYNs without privilege: each probe is a connection whose hop limit runs out, and what connects is aborted.</summary>
/// <remarks>Source: tcp(7), ip(7) (IP_RECVERR).</remarks>
internal sealed class ConnectProbeChannel : ProbeChannel
{
    // Afterwards the kernel repeats the SYN, and nobody could tell which one was answered.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(990);

    private readonly ConcurrentDictionary<LinuxSocket, ushort> _open = new();
    private readonly CancellationTokenSource _end = new();

    private ConnectProbeChannel(ProbeOptions options, IPAddress source)
        : base(options, source)
    {
    }

    /// <inheritdoc/>
    public override bool IsRaw => false;

    /// <inheritdoc/>
    public override string? Limits =>
        "without CAP_NET_RAW, each SYN is a flow of its own, so that load balancing may mix paths; NAT, rewritten TTLs and round trips above 1 s are not seen";

    /// <summary>Makes the channel.</summary>
    internal static Errno Open(ProbeOptions options, IPAddress source, out ProbeChannel? channel)
    {
        channel = new ConnectProbeChannel(options, source);
        return Errno.OK;
    }

    /// <inheritdoc/>
    public override void Poll()
    {
        foreach ((LinuxSocket socket, ushort sequence) in _open)
        {
            lock (socket)
            {
                if (_open.ContainsKey(socket))
                    _ = TryFinish(socket, sequence);
            }
        }
    }

    /// <inheritdoc/>
    private protected override Errno SendProbe(int ttl, int flow, ushort sequence, int packetSize)
    {
        Errno errno = LinuxSocket.Open(Options.Target.AddressFamily, SocketKind.Tcp, out LinuxSocket? socket);
        if (socket is null)
            return errno;
        errno = Prepare(socket, Options, port: 0);
        if (errno is Errno.OK)
            errno = socket.SetTtl(ttl);
        if (errno is Errno.OK)
        {
            socket.WantErrorDetails();
            _ = socket.WantExtensions();
            _ = socket.SetSynRetries(1);
            socket.AbortOnClose();
            Note(ttl, flow, sequence);
            errno = socket.Connect(Options.Target, Options.Port);
        }

        if (errno is not (Errno.OK or Errno.EINPROGRESS))
        {
            socket.Dispose();
            return errno;
        }

        _open[socket] = sequence;
        _ = Task.Run(() => FinishAsync(socket, sequence));
        return Errno.OK;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing)
    {
        if (!isDisposing || _end.IsCancellationRequested)
            return;
        _end.Cancel();
        foreach ((LinuxSocket socket, _) in _open)
            socket.Dispose();
        base.Dispose(isDisposing);
    }

    private async Task FinishAsync(LinuxSocket socket, ushort sequence)
    {
        long begin = Stopwatch.GetTimestamp();
        try
        {
            while (Patience - Stopwatch.GetElapsedTime(begin) is var left && left > TimeSpan.Zero)
            {
                PollEvents events = await socket.WaitAsync(PollEvents.Write, left, _end.Token);
                lock (socket)
                {
                    if (events is not PollEvents.None && TryFinish(socket, sequence))
                        return;
                }

                if (events is not PollEvents.None)
                    await Task.Delay(TimeSpan.FromMilliseconds(1), _end.Token);
            }
        }
        catch (Exception end) when (end is OperationCanceledException or ObjectDisposedException or LinuxException)
        {
            // The channel is closed.
        }
        finally
        {
            lock (socket)
            {
                _open.TryRemove(socket, out _);
                socket.Dispose();
            }
        }
    }

    private bool TryFinish(LinuxSocket socket, ushort sequence)
    {
        while (socket.ReceiveError(out QueuedError error) is Errno.OK)
        {
            if (!error.IsIcmp)
                continue;
            var answer = new ProbeAnswer(sequence, error.Offender, KindOf(error.Type, error.Code, error.Offender), default)
            {
                Type = error.Type,
                Code = error.Code,
                ReplyTtl = error.Ttl,
                Mtu = error.ToMtu(),
            };
            if (error.ExtensionOffset is { } offset && offset < error.Quoted.Length
                && Wire.IcmpExtensions.Read(error.Quoted.Span[offset..], out Wire.IcmpExtensions extensions) is System.Buffers.OperationStatus.Done)
            {
                answer = RouterExtensions.AddTo(answer, extensions);
            }

            Post(sequence, answer, error.KernelTime);
            return true;
        }

        Errno errno = socket.TakeError();
        bool isReset = errno is Errno.ECONNREFUSED;
        if (!isReset && !socket.HasPeer)
            return errno is not Errno.OK;
        TimeSpan roundTrip = isReset ? default : socket.GetTcpInfo()?.RoundTrip ?? default;
        Post(sequence, new ProbeAnswer(sequence, Options.Target, ProbeAnswerKind.Reached, roundTrip) { Type = -1, IsReset = isReset }, kernelTime: null);
        return true;
    }
}
