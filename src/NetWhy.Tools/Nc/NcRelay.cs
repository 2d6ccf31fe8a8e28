using System.Diagnostics;
using NetWhy.Linux;

namespace NetWhy.Tools.Nc;

/// <summary>Carries octets between standard input and output and a socket, both ways at once, as nc does.</summary>
/// <param name="options">How.</param>
/// <param name="host">Standard output, and the interrupt.</param>
/// <param name="wait">What to wait by; whoever interrupts wakes it.</param>
internal sealed class NcRelay(NcOptions options, IToolHost host, DescriptorWait wait)
{
    private const int BufferSize = 1 << 16;
    private const int Input = 0, Peer = 1, Output = 2; // places in the list of what is waited for

    private readonly byte[] _input = new byte[BufferSize];
    private readonly byte[] _crossed = new byte[2 * BufferSize]; // with a CR before each LF
    private readonly byte[] _received = new byte[BufferSize];
    private readonly byte[] _answers = new byte[BufferSize]; // to TELNET; each is as long as what it answers
    private readonly WaitedDescriptor[] _waited = new WaitedDescriptor[3];
    private ReadOnlyMemory<byte> _toSend;
    private ReadOnlyMemory<byte> _toAnswer; // before anything else is sent
    private ReadOnlyMemory<byte> _toShow;
    private LinuxSocket _socket = null!;
    private bool _readsInput;
    private bool _canSend;
    private bool _canReceive;
    private bool _endedWithReturn;
    private int _packets;
    private long? _inputEnd;

    /// <summary>Runs until both directions have ended, or nothing came for the time of <c>-w</c>.</summary>
    /// <param name="socket">The socket, connected.</param>
    internal void Run(LinuxSocket socket)
    {
        _socket = socket;
        _readsInput = !options.Has('d');
        (_canSend, _canReceive) = (true, true);
        (_toSend, _toAnswer, _toShow) = (default, default, default);
        _inputEnd = null;
        if (!_readsInput)
            EndInput();
        while (!IsOver())
        {
            host.Cancellation.ThrowIfCancellationRequested();
            if (options.Interval > TimeSpan.Zero)
                host.Cancellation.WaitHandle.WaitOne(options.Interval);
            Watch();
            if (!wait.Wait(_waited, Patience()))
            {
                if (host.Cancellation.IsCancellationRequested)
                    continue;
                return; // idle for as long as -w allows, or the time after the end of the input is over
            }

            Step();
        }
    }

    private bool IsDatagram => _socket.Kind is SocketKind.Udp;

    private bool IsOver()
    {
        bool isInputDone = !_readsInput && _toSend.IsEmpty;
        bool isPeerDone = !_canReceive && _toShow.IsEmpty;
        return (isInputDone && isPeerDone)
            || (options.Has('l') && isPeerDone && _toSend.IsEmpty)
            || (!_canSend && isPeerDone)
            || (options.ReceiveLimit is { } limit && _packets >= limit && _toShow.IsEmpty);
    }

    private TimeSpan Patience()
    {
        TimeSpan idle = options.Timeout is { } timeout && !options.Has('l') ? timeout : Timeout.InfiniteTimeSpan;
        if (_inputEnd is not { } end || options.QuitAfter is not { } after || !_toSend.IsEmpty)
            return idle; // what was read is sent, however long that takes
        TimeSpan left = after - Stopwatch.GetElapsedTime(end);
        left = left > TimeSpan.Zero ? left : TimeSpan.Zero;
        return idle == Timeout.InfiniteTimeSpan || left < idle ? left : idle;
    }

    private void Watch()
    {
        PollEvents wanted = PollEvents.None;
        if (_canReceive && _toShow.IsEmpty && _toAnswer.IsEmpty)
            wanted |= PollEvents.Read;
        if (_canSend && !(_toSend.IsEmpty && _toAnswer.IsEmpty))
            wanted |= PollEvents.Write;
        _waited[Input] = new(_readsInput && _toSend.IsEmpty ? StandardInput.Descriptor : -1, PollEvents.Read);
        // A peer that hangs up is ready for ever: what it sent is shown first.
        bool isWatched = wanted is not PollEvents.None || (_canSend && _toShow.IsEmpty);
        _waited[Peer] = new(isWatched ? _socket.Descriptor : -1, wanted);
        _waited[Output] = new(_toShow.IsEmpty ? -1 : 1, PollEvents.Write);
    }

    private void Step()
    {
        PollEvents peer = _waited[Peer].Ready;
        if ((peer & PollEvents.Error) != 0)
            TakeErrors();
        if (_canReceive && _toShow.IsEmpty && _toAnswer.IsEmpty && (peer & (PollEvents.Read | PollEvents.HangUp | PollEvents.Error)) != 0)
            Receive();
        if (_waited[Input].Ready is not PollEvents.None)
            ReadInput();
        if (_canSend && !_toAnswer.IsEmpty)
            Send(ref _toAnswer);
        if (_canSend && _toAnswer.IsEmpty && !_toSend.IsEmpty)
            Send(ref _toSend);
        if ((peer & PollEvents.HangUp) != 0 && !_canReceive)
            _canSend = false;
        if (_waited[Output].Ready is not PollEvents.None && !_toShow.IsEmpty)
        {
            host.Output.Write(_toShow.Span);
            _toShow = default;
        }
    }

    private void ReadInput()
    {
        Errno errno = StandardInput.Read(_input, out int count);
        if (errno is Errno.EAGAIN or Errno.EINTR)
            return;
        if (count <= 0)
            EndInput();
        else
            _toSend = options.Has('C') ? Crossed(_input.AsSpan(0, count)) : _input.AsMemory(0, count);
    }

    private void EndInput()
    {
        _readsInput = false;
        _inputEnd ??= Stopwatch.GetTimestamp();
        EndSendingWhenDone();
    }

    private void EndSendingWhenDone()
    {
        if (!_readsInput && _toSend.IsEmpty && _canSend && options.EndsSending && !IsDatagram)
            _socket.EndSending();
    }

    private ReadOnlyMemory<byte> Crossed(ReadOnlySpan<byte> octets)
    {
        int written = 0;
        foreach (byte octet in octets)
        {
            if (octet == (byte)'\n' && !_endedWithReturn)
                _crossed[written++] = (byte)'\r';
            _crossed[written++] = octet;
            _endedWithReturn = octet == (byte)'\r';
        }

        return _crossed.AsMemory(0, written);
    }

    private void Send(ref ReadOnlyMemory<byte> octets)
    {
        Errno errno = _socket.Send(octets.Span, out int sent);
        if (errno is Errno.OK)
            octets = octets[sent..];
        else if (errno is not (Errno.EAGAIN or Errno.EINTR or Errno.ENOBUFS))
            (_toSend, _toAnswer, _canSend, _readsInput) = (default, default, IsDatagram, IsDatagram && _readsInput);
        EndSendingWhenDone();
    }

    private void Receive()
    {
        Errno errno = _socket.Receive(_received, out int count);
        if (errno is Errno.EAGAIN or Errno.EINTR)
            return;
        if (errno is Errno.OK && (count > 0 || IsDatagram))
        {
            _packets++;
            _toShow = _received.AsMemory(0, count);
            if (options.Has('t') && _canSend)
                _toAnswer = _answers.AsMemory(0, Telnet.Refuse(_received.AsSpan(0, count), _answers));
            return;
        }

        _canReceive = false;
        if (errno is not Errno.OK)
            (_canSend, _readsInput, _toSend, _toAnswer) = (false, false, default, default); // the connection is gone, both ways
    }

    private void TakeErrors()
    {
        while (_socket.ReceiveError(out _) is Errno.OK)
        {
            // What they say fails the next call, too; here they would keep the socket ready for ever.
        }
    }
}
