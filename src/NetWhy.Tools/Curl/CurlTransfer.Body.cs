using System.Buffers;
using NetWhy.Wire.Http;

namespace NetWhy.Tools.Curl;

// The body of an answer: its framing and its codings.
internal sealed partial class CurlTransfer
{
    private void TakeBodyPiece(ReadOnlySpan<byte> octets)
    {
        if (!BeginsBody())
            return;
        _trace.Write(CurlTraceKind.DataIn, octets);
        if (_isChunked)
        {
            if (_operation.Has("raw"))
                Deliver(octets, isDecoded: true);
            _bodyTaken += octets.Length;
            int used = _chunks.Take(octets, isRaw: _operation.Has("raw"));
            _isComplete = _chunks.IsComplete;
            int excess = octets.Length - used;
            if (_isComplete && excess > 0)
                _trace.Say($"Leftovers after chunking: {excess} bytes");
            return;
        }

        ReadOnlySpan<byte> piece = octets;
        if (_length is { } length && octets.Length > length - _bodyTaken)
        {
            piece = octets[..(int)(length - _bodyTaken)];
            _trace.Say($"Excess found in a read: excess = {octets.Length - piece.Length}, size = {length}, maxdownload = {length}, bytecount = {_bodyTaken}");
            _closes = true;
        }

        _bodyTaken += piece.Length;
        Deliver(piece, isDecoded: false);
        if (_length is { } whole && _bodyTaken >= whole)
            _isComplete = true;
    }

    // What is only decided once there is a body; false where nothing of it is taken.
    private bool BeginsBody()
    {
        if (_hasBodyBegun)
            return true;
        _hasBodyBegun = true;
        if (IsRedirected || _wantsAuth)
        {
            if (_closes && _connection!.Http2 is null)
            {
                _isComplete = true; // nobody asks for more on this connection
                return false;
            }

            _ignoresBody = true;
            _trace.Say("Ignoring the response-body");
        }

        if (_resumeFrom > 0 && _method is "GET" && !_continues && !_ignoresBody)
        {
            if (_length != _resumeFrom)
                throw new CurlFailure(CurlFailure.RangeError, "HTTP server doesn't seem to support byte ranges. Cannot resume.");
            _trace.Say("The entire document is already downloaded");
            (_closes, _isComplete) = (true, true);
            return false;
        }

        if (!IsUnmet())
            return true;
        _trace.Say("Simulate an HTTP 304 response");
        Status = 304;
        (_closes, _isComplete) = (true, true);
        return false;
    }

    // A piece of the body without the framing.
    private void Deliver(ReadOnlySpan<byte> octets, bool isDecoded)
    {
        if (octets.IsEmpty)
            return;
        Progress.Downloaded += octets.Length;
        if (_operation.MaxFileSize > 0 && Progress.Downloaded > _operation.MaxFileSize)
            throw new CurlFailure(CurlFailure.FileTooLarge, "Exceeded the maximum allowed file size");
        if (_ignoresBody)
            return;
        if (_unknownCoding is not null)
            throw new CurlFailure(CurlFailure.BadEncoding, "Unrecognized content encoding type. libcurl understands deflate, gzip, br, zstd content encodings.");
        if (isDecoded || _decoders.Count == 0)
            Sink.Write(octets);
        else
            Decode(0, octets);
    }

    private void Decode(int place, ReadOnlySpan<byte> octets)
    {
        if (place == _decoders.Count)
        {
            Sink.Write(octets);
            return;
        }

        _pace.CheckTime(); // a layer may unfold into nothing but more of the same
        try
        {
            _decoders[place].Decode(octets, piece => Decode(place + 1, piece));
        }
        catch (InvalidDataException)
        {
            throw new CurlFailure(CurlFailure.BadEncoding, $"Error while processing content unencoding: {(_decoders[place].IsForeign ? "incorrect header check" : "invalid stored block lengths")}");
        }
        catch (IOException refusal)
        {
            throw new CurlFailure(CurlFailure.BadEncoding, refusal.Message);
        }
    }

    /// <summary>A body in chunks, with the trailers behind it. Source: RFC 9112, section 7.1.</summary>
    private sealed class ChunkedBody(CurlTransfer transfer)
    {
        private readonly ChunkReader _reader = new();
        private readonly ArrayBufferWriter<byte> _body = new();
        private readonly ArrayBufferWriter<byte> _trailers = new();

        internal bool IsComplete => _reader.IsComplete;

        // Gives how many octets belong to the body.
        internal int Take(ReadOnlySpan<byte> octets, bool isRaw)
        {
            _body.ResetWrittenCount();
            OperationStatus status = _reader.Read(octets, _body, _trailers);
            if (!isRaw)
                transfer.Deliver(_body.WrittenSpan, isDecoded: false);
            if (status is OperationStatus.InvalidData)
            {
                throw new CurlFailure(
                    CurlFailure.ReceiveError,
                    _reader.BodyLength == 0 || _reader.IsBrokenInSize ? "Illegal or missing hexadecimal sequence in chunked-encoding" : "Malformed encoding found in chunked-encoding");
            }

            if (!isRaw)
                ShowTrailers(); // else they stand in the body as it came
            return _reader.Consumed;
        }

        internal void Skip(ReadOnlySpan<byte> octets)
        {
            if (_reader.Read(octets) is OperationStatus.InvalidData)
                throw new CurlFailure(CurlFailure.ReceiveError, "chunk reading DONE with errors");
        }

        private void ShowTrailers()
        {
            ReadOnlySpan<byte> rest = _trailers.WrittenSpan;
            while (rest.IndexOf((byte)'\n') is >= 0 and var feed)
            {
                ReadOnlySpan<byte> line = rest[..(feed + 1)];
                rest = rest[(feed + 1)..];
                if (line.IndexOf((byte)':') > 0)
                    transfer.KeepHeader(line);
            }

            byte[] left = rest.ToArray();
            _trailers.ResetWrittenCount();
            _trailers.Write(left);
        }
    }
}
