// SPDX-License-Identifier: Apache-2.0

package podman

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/tempskv/tempskv/handlers/kv"
)

// imagePattern checks the form of a reference only as far as it could be mistaken for something else.
var imagePattern = regexp.MustCompile("^[a-zA-Z0-9][a-zA-Z0-9._/:@-]*$")

func validateImage(reference string) error {
	if reference != "" && !imagePattern.MatchString(reference) {
		return kv.Refuse(kv.ErrInvalid, "docker_image must be the name of an image, such as %s", DefaultImage)
	}
	return nil
}

// image is what podman says of one.
type image struct {
	ID     string `json:"Id"`
	Config struct {
		Cmd []string
	}
}

// program returns the name of the server: what the image runs by default.
func (i image) program() string {
	if len(i.Config.Cmd) > 0 && strings.HasSuffix(i.Config.Cmd[0], "-server") {
		return i.Config.Cmd[0]
	}
	return "redis-server"
}

// image returns an image that is on this machine.
func (c *client) image(ctx context.Context, reference string) (i image, ok bool, err error) {
	ok, err = found(c.do(ctx, request{method: http.MethodGet, endpoint: "/images/%s/json", path: []string{reference}}, &i))
	return i, ok, err
}

// pull fetches an image, and reports the progress, which podman's own call does not before 4.4. Its
// errors are podman's own, for explainPull.
func (c *client) pull(ctx context.Context, reference string, report func(percent int)) error {
	answer, err := c.docker(ctx, http.MethodPost, "/images/create", url.Values{"fromImage": {reference}})
	if err != nil {
		return err
	}
	defer answer.Close()
	return followPull(http.MaxBytesReader(nil, answer, maxStream), report)
}

// pulled is a line of the answer to a pull. A layer reports its size once some of it is there.
type pulled struct {
	ID             string // of a layer
	Status         string
	Error          string
	ProgressDetail struct{ Current, Total int64 } // bytes
}

// layerComplete is the status of a layer that is there, or was there already.
const layerComplete = "Download complete"

// followPull reads the answer to its end.
func followPull(answer io.Reader, report func(percent int)) error {
	var p pullProgress
	for lines := json.NewDecoder(bufio.NewReader(answer)); ; {
		var line pulled
		switch err := lines.Decode(&line); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case line.Error != "":
			return errors.New(line.Error)
		}
		if percent, changed := p.add(line); changed {
			report(percent)
		}
	}
}

// pullProgress sums up the progress of the layers of an image.
type pullProgress struct {
	layers map[string]layer
	last   int
}

// layer is how many bytes of one have come, and of how many.
type layer struct{ current, total int64 }

// add counts a line, and reports whether the percentage grew.
func (p *pullProgress) add(line pulled) (percent int, grew bool) {
	one := layer{line.ProgressDetail.Current, line.ProgressDetail.Total}
	if line.Status == layerComplete {
		one = layer{p.layers[line.ID].total, p.layers[line.ID].total}
	}
	if one.total <= 0 {
		return p.last, false
	}
	if p.layers == nil {
		p.layers = map[string]layer{}
	}
	p.layers[line.ID] = one
	var current, total int64
	for _, layer := range p.layers {
		current, total = current+layer.current, total+layer.total
	}
	percent = int(100 * current / total)
	if percent <= p.last {
		return p.last, false
	}
	p.last = percent
	return percent, true
}
