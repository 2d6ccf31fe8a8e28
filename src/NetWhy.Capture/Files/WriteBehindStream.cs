using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using NetWhy.Linux;

namespace NetWhy.Capture.Files;

/// <summary>Writes on a thread of its own: who captures need not wait for what compresses.</summary>
/// <remarks>What it holds is bounded; then writing waits. A failure, of whatever kind, is thrown again at the next call.</remarks>
public sealed class WriteBehindStream : WriteOnlyStream
{
    private const int MostHeld = 64; // pieces; those of a capture have 256 KiB

    private static readonly byte[] HandOn = []; // in place of a piece

    private readonly Stream _stream;
    private readonly BlockingCollection<byte[]> _held = new(MostHeld);
    private readonly Thread _thread;
    private volatile Exception? _failure;

    /// <summary>Starts the thread.</summary>
    /// <param name="stream">What is written to; closed with this stream.</param>
    public WriteBehindStream(Stream stream)
    {
        _stream = stream;
        _thread = new Thread(Run) { IsBackground = true, Name = "write-behind" };
        _thread.Start();
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">What was written before could not be written.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ThrowFailure();
        if (!buffer.IsEmpty)
            _held.Add(buffer.ToArray());
    }

    /// <summary>Has what was written before handed on, without waiting for it.</summary>
    /// <exception cref="IOException">What was written before could not be written.</exception>
    public override void Flush()
    {
        ThrowFailure();
        _held.Add(HandOn);
    }

    /// <summary>Waits until all is written, and closes what is written to.</summary>
    /// <param name="disposing">Whether it was called, not found by the garbage collector.</param>
    /// <exception cref="IOException">It could not be written.</exception>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_held.IsAddingCompleted)
        {
            _held.CompleteAdding();
            _thread.Join();
            _held.Dispose();
            ThrowFailure();
        }

        base.Dispose(disposing);
    }

    private void ThrowFailure()
    {
        if (_failure is { } failure)
            ExceptionDispatchInfo.Throw(failure);
    }

    private void Run()
    {
        try
        {
            foreach (byte[] piece in _held.GetConsumingEnumerable())
            {
                if (_failure is null)
                    TryWrite(piece);
            }
        }
        finally
        {
            TryClose();
        }
    }

    private void TryWrite(byte[] piece)
    {
        try
        {
            if (piece == HandOn)
                _stream.Flush();
            else
                _stream.Write(piece);
        }
        catch (Exception failure) // one that leaves this thread would end the process
        {
            _failure = failure; // the rest is taken and dropped, so that nobody waits for ever
        }
    }

    private void TryClose()
    {
        try
        {
            _stream.Dispose();
        }
        catch (Exception failure)
        {
            _failure ??= failure;
        }
    }
}
