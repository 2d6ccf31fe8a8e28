using System.Buffers;

namespace NetWhy.Wire.Http;

/// <summary>Reads a chunked body piece by piece, whatever way the network cuts it.</summary>
/// <remarks>Source: RFC 9112, section 7.1.</remarks>
public sealed class ChunkReader
{
    private const int LongestLine = 4096; // chunk extensions and trailers that are longer are nobody's
    private const int LongestTrailers = 300 * 1024; // as much as curl takes of a head

    private State _state = State.Size;
    private long _left;
    private int _lineLength;
    private int _trailersLength;
    private bool _hasDigit;
    private bool _isTrailerEmpty = true;

    private enum State
    {
        Size,
        Extension,
        Content,
        ContentEnd,
        Trailer,
        End,
        Broken,
    }

    /// <summary>Octets of the body so far, without the framing.</summary>
    public long BodyLength { get; private set; }

    /// <summary>Octets of the last piece that belong to the body and its framing.</summary>
    public int Consumed { get; private set; }

    /// <summary>Whether what should be the size of a chunk is none.</summary>
    public bool IsBrokenInSize { get; private set; }

    /// <summary>What is wrong with the framing once it is broken, in words.</summary>
    public string Fault => _trailersLength > LongestTrailers ? "the fields behind the body come without end" : "the chunks of the body are malformed";

    /// <summary>Whether the last chunk and the trailers have come.</summary>
    public bool IsComplete => _state is State.End;

    /// <summary>Takes the next octets.</summary>
    /// <param name="octets">What was received.</param>
    /// <param name="body">Receives pieces of the body; null if nobody wants them.</param>
    /// <param name="trailers">Receives the lines behind the body with their ends; null if nobody wants them.</param>
    /// <returns>
    /// <see cref="OperationStatus.NeedMoreData"/> in the middle, <see cref="OperationStatus.Done"/> at the end,
    /// <see cref="OperationStatus.InvalidData"/> if the framing is broken.
    /// </returns>
    public OperationStatus Read(ReadOnlySpan<byte> octets, IBufferWriter<byte>? body = null, IBufferWriter<byte>? trailers = null)
    {
        int length = octets.Length;
        while (!octets.IsEmpty && _state is not (State.End or State.Broken))
        {
            if (_state is State.Content)
            {
                int taken = (int)Math.Min(_left, octets.Length);
                body?.Write(octets[..taken]);
                BodyLength += taken;
                _left -= taken;
                octets = octets[taken..];
                if (_left == 0)
                    _state = State.ContentEnd;
                continue;
            }

            State before = _state;
            _state = Next(octets[0]);
            if (before is State.Trailer)
                trailers?.Write(octets[..1]);
            IsBrokenInSize |= _state is State.Broken && before is State.Size;
            octets = octets[1..];
        }

        Consumed = length - octets.Length;
        return _state switch
        {
            State.End => OperationStatus.Done,
            State.Broken => OperationStatus.InvalidData,
            _ => OperationStatus.NeedMoreData,
        };
    }

    private State Next(byte octet)
    {
        if (++_lineLength > LongestLine || (_state is State.Trailer && ++_trailersLength > LongestTrailers))
            return State.Broken;
        switch (_state)
        {
            case State.Size when HexadecimalDigit(octet) is { } digit && _left <= long.MaxValue >> 5:
                _left = _left * 16 + digit;
                _hasDigit = true;
                return State.Size;
            case State.Size when octet is (byte)'\n' && _hasDigit:
            case State.Extension when octet is (byte)'\n':
                return EndOfSize();
            case State.Size when _hasDigit && octet is (byte)'\r' or (byte)';' or (byte)' ' or (byte)'\t':
                return State.Extension;
            case State.Extension:
                return State.Extension;
            case State.ContentEnd when octet is (byte)'\r':
                return State.ContentEnd;
            case State.ContentEnd when octet is (byte)'\n':
                (_left, _lineLength, _hasDigit) = (0, 0, false);
                return State.Size;
            case State.Trailer when octet is (byte)'\n':
                if (_isTrailerEmpty)
                    return State.End;
                (_isTrailerEmpty, _lineLength) = (true, 0);
                return State.Trailer;
            case State.Trailer:
                _isTrailerEmpty &= octet is (byte)'\r';
                return State.Trailer;
            default:
                return State.Broken;
        }
    }

    private State EndOfSize()
    {
        _lineLength = 0;
        return _left == 0 ? State.Trailer : State.Content;
    }

    private static int? HexadecimalDigit(byte octet) => octet switch
    {
        >= (byte)'0' and <= (byte)'9' => octet - '0',
        >= (byte)'a' and <= (byte)'f' => octet - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => octet - 'A' + 10,
        _ => null,
    };
}
