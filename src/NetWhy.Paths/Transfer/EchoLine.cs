using System.Buffers.Binary;
using System.Diagnostics;
using NetWhy.Linux;

namespace NetWhy.Paths.Transfer;

/// <summary>Questions and answers over one connection, numbered: an answer may come when nobody waits for it any more.</summary>
internal sealed class EchoLine(LinuxSocket socket) : IDisposable
{
    /// <summary>Octets of a question, and of an answer.</summary>
    internal const int Size = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly byte[] _answer = new byte[Size];
    private int _filled; // of an answer whose wait was given up
    private long _number;

    /// <summary>Asks, and waits for the answer.</summary>
    /// <param name="answers">Gets the time that it took.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether the line works.</returns>
    internal async Task<bool> AskAsync(AnswerTimes answers, CancellationToken cancellationToken)
    {
        byte[] question = new byte[Size];
        long number = ++_number;
        BinaryPrimitives.WriteInt64BigEndian(question, number);
        long begin = Stopwatch.GetTimestamp();
        if (socket.Send(question, out int sent) is not Errno.OK || sent < Size)
            return false;
        while (Patience - Stopwatch.GetElapsedTime(begin) is var left && left > TimeSpan.Zero)
        {
            Errno errno = socket.Receive(_answer.AsSpan(_filled), out int received);
            if (errno is Errno.EAGAIN)
            {
                await socket.WaitAsync(PollEvents.Read, left, cancellationToken);
                continue;
            }

            if (errno is not Errno.OK || received == 0)
                return false;
            _filled += received;
            if (_filled < Size)
                continue;
            _filled = 0;
            if (BinaryPrimitives.ReadInt64BigEndian(_answer) < number)
                continue;
            answers.Add(Stopwatch.GetElapsedTime(begin));
            return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => socket.Dispose();
}
